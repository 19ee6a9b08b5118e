"""A program for the Python of the repository: pytest on several folders of tests, in one process that imports the libraries once.

`check` hands this file to that Python, which need not have mlgit: `python together.py RESULTS OPTION ... -- FOLDER ... -- FOLDER ...`.
Each folder has a session of pytest of its own, with the repository's own modules imported anew and the environment, the
current folder and the path as they were. What it printed is left in RESULTS as 0.txt, 1.txt, ... and its exit code,
once it is told, as 0.code, 1.code, ...
"""

from __future__ import annotations

import gc
import os
import sys
from itertools import groupby
from pathlib import Path
from types import ModuleType


def of_the_repository(root: Path) -> set[str]:
    """Return the names of the imported modules that lie below the repository, but for the packages of an environment there."""
    found = set()
    for name, module in list(sys.modules.items()):
        # Some libraries put an object there that has an answer to every name.
        known = vars(module) if isinstance(module, ModuleType) else {}
        places = [known.get("__file__"), *list(known.get("__path__") or ())]
        for path in (Path(place) for place in places if isinstance(place, str)):
            if path.is_relative_to(root) and not {"site-packages", "dist-packages"} & set(path.parts):
                found.add(name.partition(".")[0])
    return {name for name in sys.modules if name.partition(".")[0] in found}


def tested(words: list[str], output: Path) -> int:
    """Return the exit code of pytest on one folder; what it prints stands in a file afterwards."""
    import pytest

    environment, folder, path = dict(os.environ), Path.cwd(), list(sys.path)
    own = [os.dup(stream) for stream in (1, 2)]
    with output.open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        return int(pytest.main(words))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # What the libraries say at the end of the process is no word of the last folder's.
        for place, stream in enumerate(own, start=1):
            os.dup2(stream, place)
            os.close(stream)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.path[:] = path
        for name in of_the_repository(folder):
            del sys.modules[name]


def main(results: Path, arguments: list[str]) -> None:
    """Test one folder after the other."""
    gc.set_threshold(100_000)  # as mlgit itself: what is imported stays
    sys.path[0] = str(Path.cwd())  # as `python -m pytest` has it
    options, *folders = [list(words) for is_end, words in groupby(arguments, "--".__eq__) if not is_end]
    for place, folder in enumerate(folders):
        exit_code = tested([*options, *folder], results / f"{place}.txt")
        (results / f"{place}.code").write_text(f"{exit_code}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
