"""One command on a copy of a repository, struck at a step or on a full disk, and what has to be so afterwards."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mlgit.world.descendants import descendants
from tests.driver import Person

WARM = Path(__file__).with_name("warm.py")
RECORDS = ".mlgit/runs/"
"""Records of trainings hold the time, and their names their digests."""
STANDING = (".git/HEAD", ".git/refs/stash")
"""On which branch the user stands, and what was put aside: neither is a command's to change on the way."""


class Blow(NamedTuple):
    """A signal before a step (from 1), to mlgit alone or to all of its process group."""

    step: int
    number: signal.Signals
    everybody: bool

    def __str__(self) -> str:
        return f"{self.number.name} before step {self.step}{' to the group' if self.everybody else ''}"


NONE = Blow(0, signal.SIGKILL, False)


@dataclass(frozen=True)
class Scene:
    """A command that writes: the folder it is copied from, the folder in it to stand in, what is prepared anew each time.

    `seen` names more than Git would take: paths below `desk` whose content is what it was before or what it is afterwards.
    """

    name: str
    template: Path
    desk: str
    arguments: tuple[str, ...]
    prepare: Callable[[Path], None] = lambda folder: None
    seen: tuple[str, ...] = ()
    exits: tuple[int, ...] = (0,)
    timed: tuple[str, ...] = (RECORDS,)
    environment: Mapping[str, str] = field(default_factory=dict)
    rebuilt: tuple[str, ...] = ()
    """What DVC takes away before a stage of the user's writes it: a killed training leaves any of it, the next makes it anew."""
    done: str = ""
    """The code of the error by which the next run says that the one before had come to the end."""
    files: str = ""
    """The folder whose files are looked at, the desk itself when empty."""


@dataclass
class Trial:
    """A copy of a scene in which the command runs."""

    scene: Scene
    folder: Path
    output: list[str] = field(default_factory=list)
    outside: Path | None = None
    """Where the harness keeps its own files, beside the copy when None."""

    def __post_init__(self) -> None:
        shutil.copytree(self.scene.template, self.folder, symlinks=True)
        self.scene.prepare(self.folder)

    @property
    def desk(self) -> Path:
        return self.folder / self.scene.desk

    @property
    def root(self) -> Path:
        return self.folder / (self.scene.files or self.scene.desk)

    def run(self, blow: Blow = NONE, **environment: str) -> int:
        """Run the command, and wait until everything that it started has ended; return its exit code."""
        counter = self.note("steps")
        counter.unlink(missing_ok=True)
        marker = f"{self.folder}-{time.monotonic_ns()}"
        given = {
            **os.environ,
            "STEPS_COUNTER": str(counter),
            "STEPS_AT": str(blow.step),
            "STEPS_SIGNAL": str(int(blow.number)),
            "STEPS_EVERYBODY": str(int(blow.everybody)),
            "STEPS_MARKER": marker,
            "SCENE": str(self.folder),
            "TMPDIR": str(self.temporary),
            **self.scene.environment,
            **environment,
        }
        output = self.note("output")
        code = warm().run(self.scene.arguments, self.desk, given, output)
        self.output.append(output.read_text(errors="replace"))
        return code

    @property
    def temporary(self) -> Path:
        """The folder for temporary files: what is left there is seen, too."""
        folder = self.folder / "tmp" if self.outside is None else Path(tempfile.gettempdir())
        folder.mkdir(exist_ok=True)
        return folder

    def note(self, kind: str) -> Path:
        """A file of the harness."""
        return (self.outside or self.folder.parent) / f"{self.folder.name}.{kind}"

    @property
    def steps(self) -> int:
        """How many steps the last run took."""
        counter = self.note("steps")
        return counter.stat().st_size if counter.exists() else 0

    def files(self) -> dict[str, bytes]:
        """What Git has or would take, and what else the scene looks at; for a folder without Git, every file."""
        if not self.root.exists():
            return {}
        if (self.root / ".git").exists():
            listed = Person(self.root).git(
                "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."
            )
            paths = {one for one in listed.split("\0") if one} | {*self.scene.seen, *STANDING}
        else:
            every = (one for one in self.root.rglob("*") if ".git" not in one.relative_to(self.root).parts)
            paths = {one.relative_to(self.root).as_posix() for one in every if one.is_file()}
            # Without Git it is staged beside its place, and what a killed run left there goes with the next.
            paths = {path for path in paths if not is_staged(path)}
        places = {path: self.root / path for path in paths}
        return {path: place.read_bytes() for path, place in places.items() if place.is_file()}

    def timeless(self, files: dict[str, bytes]) -> dict[str, bytes]:
        """Files without those that hold the time: of these only that they are whole."""
        for path, content in files.items():
            if path.startswith(self.scene.timed) and path.endswith(".json"):
                json.loads(content)
        return {path: one for path, one in files.items() if not path.startswith(self.scene.timed)}

    def left(self) -> list[str]:
        """Names that only something unfinished has, wherever they lie: here, in Git's folder, beside the repository."""
        found = [one for one in self.folder.rglob(".mlgit-*") if is_staged(one.name)]
        found += [one for name in ("staging", "sandboxes") for one in self.folder.rglob(f"mlgit/{name}/*")]
        locks = self.folder.rglob(".git/**/*.lock")
        # What is held by flock(2) goes with its process, and its file stays.
        found += [one for one in locks if "mlgit" not in one.relative_to(self.folder).parts]
        return [one.relative_to(self.folder).as_posix() for one in found]


def is_staged(path: str) -> bool:
    """Tell whether a path lies in, or is, what a process makes before it stands in its place."""
    return any(one.startswith(".mlgit-") and len(one.split("+")) == 4 for one in path.split("/"))


class Course(NamedTuple):
    """What a command does when nobody strikes: the files before and after it, and its number of steps."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    steps: int


def undisturbed(scene: Scene, folder: Path) -> Course:
    trial = Trial(scene, folder)
    before = trial.timeless(trial.files())
    code = trial.run()
    assert code in scene.exits, (code, trial.output)
    assert trial.left() == [], trial.left()
    course = Course(before, trial.timeless(trial.files()), trial.steps)
    shutil.rmtree(folder)
    return course


def require_whole(trial: Trial, course: Course) -> None:
    """Each file is what it was or what it will be; none is there that neither has."""
    for path, content in trial.timeless(trial.files()).items():
        if path in trial.scene.rebuilt:
            continue
        assert content in (course.before.get(path), course.after.get(path)), (
            f"{path} is torn: {content[-200:]!r}"
        )
    for path in course.before.keys() & course.after.keys() - set(trial.scene.rebuilt):
        assert (trial.root / path).exists(), f"{path} is gone"


def require_completed(trial: Trial, course: Course) -> None:
    """The next run comes to the same end, and nothing unfinished is left anywhere."""
    code = trial.run()
    done = trial.scene.done and f"error[{trial.scene.done}]" in trial.output[-1]
    assert done or code in trial.scene.exits, (code, trial.output)
    assert (others := differing(trial.timeless(trial.files()), course.after)) == {}, (others, trial.output)
    assert trial.left() == [], trial.left()


def differing(
    found: Mapping[str, bytes], wanted: Mapping[str, bytes]
) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Return the ends of the files that are not as wanted, None where there is no such file."""
    pairs = {path: (found.get(path), wanted.get(path)) for path in found.keys() | wanted.keys()}
    return {
        path: (one and one[-200:], other and other[-200:])
        for path, (one, other) in pairs.items()
        if one != other
    }


def struck(scene: Scene, course: Course, blow: Blow, folder: Path) -> None:
    """Strike once, look, run again, look again."""
    trial = Trial(scene, folder)
    code = trial.run(blow)
    assert "Traceback" not in trial.output[0], trial.output
    assert "error[fault]" not in trial.output[0], trial.output
    expected = (-9,) if blow.number == signal.SIGKILL else (130,)
    assert code in (*expected, *scene.exits), (code, trial.output)
    require_whole(trial, course)
    if code == 130:
        assert trial.left() == [], trial.left()
    require_completed(trial, course)
    shutil.rmtree(folder)


class Warm:
    """The process whose forks are the runs; see `warm.py`. Of the last run: `seconds` of the processor, `megabytes` at most."""

    seconds = 0.0
    megabytes = 0.0

    def __init__(self) -> None:
        path = os.pathsep.join(one for one in sys.path if one)
        self.process = subprocess.Popen(
            [sys.executable, str(WARM)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: tuple[str, ...], folder: Path, environment: dict[str, str], output: Path) -> int:
        """Run mlgit, wait until everything that it started has ended, and return its exit code."""
        request = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment,
            "output": str(output),
        }
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        code, self.seconds, kilobytes = map(float, self.process.stdout.readline().split())
        self.megabytes = kilobytes / 1024
        wait_for_all(self.process.pid)
        return int(code)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@cache
def warm() -> Warm:
    """The one of this process."""
    made = Warm()
    atexit.register(made.close)
    return made


def wait_for_all(root: int) -> None:
    """Wait for the processes that a killed run left; those that do not end by themselves are ended."""
    until = time.monotonic() + 20
    while left := descendants(root):
        for one in left if time.monotonic() > until else ():
            os.kill(one, signal.SIGKILL)
        time.sleep(0.02)
