"""A repository on GitHub with one pull request, in virtual time and on a real port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github.scene import Scene
from tests.github.stub_server import StubServer


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    assert scene.state.violations == []
    assert scene.state.haste == []


@pytest.fixture
def server() -> Iterator[StubServer]:
    with StubServer(delay=1.0) as stub:
        yield stub
    assert stub.state.violations == []
