"""Runs scenes on a disk that fills up: a small file system in memory, in a name space that goes with this process.

unshare --map-root-user --mount python -m tests.interruption.small_disk SCENE,SCENE NUMBER SEED FULL

FULL is `disk`, or `temporary` where only the folder for temporary files fills up. Ends with the
number of runs that fell.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.interruption.conftest import Stage
from tests.interruption.trial import Course, Scene, Trial, require_completed, require_whole
from tests.isolation import isolated_environment

SIZE = "48m"
BLOCK = 4096


def free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def fill(ballast: Path, left: int) -> None:
    """Leave so many bytes free."""
    with ballast.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(free(ballast.parent) - left, BLOCK))


def needed(scene: Scene, disk: Path, notes: Path) -> int:
    """How many bytes more a run takes in the end."""
    trial = Trial(scene, disk / "measured", outside=notes)
    before = free(disk)
    trial.run()
    spent = before - free(disk)
    shutil.rmtree(trial.folder)
    return max(spent, 16 * BLOCK)


def filled(scene: Scene, course: Course, disk: Path, notes: Path, ballast: Path, left: int) -> bool:
    """Run with so many bytes left beside `ballast`, look, make room, run again, look again; return whether that was too little."""
    trial = Trial(scene, disk / "trial", outside=notes)
    try:
        fill(ballast, left)
        code = trial.run()
        said = trial.output[-1]
        assert "Traceback" not in said, said
        assert "error[fault]" not in said, said
        assert code in (4, *scene.exits), (code, said)
        require_whole(trial, course)
        assert trial.left() == [], trial.left()
        ballast.unlink()
        require_completed(trial, course)
    finally:
        ballast.unlink(missing_ok=True)
        shutil.rmtree(trial.folder)
    return code == 4


def played(stage: Stage, name: str, number: int, seed: str, disk: Path, notes: Path, ballast: Path) -> int:
    """Play the runs of a scene, tell how they went, and return how many fell."""
    scene, course = stage.scene(name), stage.course(name)
    most, chance = int(1.3 * needed(scene, disk, notes)), random.Random(f"{seed} {name}")
    short, fallen = 0, []
    for place in range(number):
        left = int((place + chance.random()) * most / number) if place else 0
        try:
            short += filled(scene, course, disk, notes, ballast, left)
        except AssertionError as error:
            fallen.append(f"{left} bytes left: {error}")
    sys.stdout.write(f"{name}: {number} runs, {short} of them out of space, up to {most} bytes left\n")
    sys.stdout.writelines(f"{name} fell with {one}\n" for one in fallen)
    return len(fallen)


def main(names: str, number: int, seed: str, full: str) -> int:
    """Play scenes that share a repository, and return how many runs fell."""
    disk, temporary, notes, home = (Path(tempfile.mkdtemp()) for _ in range(4))
    for place in (disk, temporary):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(place)], check=True)
    os.environ.update(isolated_environment(home))
    if full == "disk":
        temporary = disk / "tmp"
        temporary.mkdir()
    stage = Stage(disk / "scenes")
    stage.folder.mkdir()
    for name in names.split(","):
        stage.scene(name)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    ballast = (disk if full == "disk" else temporary) / "ballast"
    return sum(played(stage, name, number, seed, disk, notes, ballast) for name in names.split(","))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:]))
