"""The scenes, made once: whole repositories whose making takes longer than a trial."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interruption.families import MAKERS
from tests.interruption.trial import Course, Scene, undisturbed
from tests.isolation import in_isolation

Staged = Callable[[str], tuple[Scene, Course]]


class Stage:
    """Scenes by name; each, and what it does undisturbed, is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scenes: dict[str, Scene] = {}
        self.courses: dict[str, Course] = {}

    def scene(self, name: str) -> Scene:
        if name not in self.scenes:
            made = MAKERS[name](self.folder)
            self.scenes |= {one.name: one for one in made}
        return self.scenes[name]

    def course(self, name: str) -> Course:
        if name not in self.courses:
            self.courses[name] = undisturbed(self.scene(name), self.folder / f"course of {name}")
        return self.courses[name]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with in_isolation(tmp_path_factory.mktemp("home")):
        yield Stage(tmp_path_factory.mktemp("scenes"))
