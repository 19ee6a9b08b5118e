"""Starts mlgit, and the DVC that it starts, as forks of a process that has imported both: a trial costs a fifth.

Everything else is as it is for a user: processes, groups, signals and files are real; only exec(2) and the imports are left
out. Reads a request a line, writes the number of the process, then its exit code.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import inspect
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROGRAMS = ("mlgit", "dvc")
WARMTH = (
    "dvc.cli.parser", "dvc.commands.add", "dvc.commands.init", "dvc.commands.repro", "dvc.commands.update", "dvc.cachemgr",
    "dvc.config", "dvc.config_schema", "dvc.data_cloud", "dvc.dependency.repo", "dvc.dvcfile", "dvc.fs.dvc", "dvc.ignore",
    "dvc.lock", "dvc.parsing.context", "dvc.render", "dvc.repo.add", "dvc.repo.artifacts", "dvc.repo.brancher", "dvc.repo.checkout", "dvc.repo.commit",
    "dvc.repo.datasets", "dvc.repo.fetch", "dvc.repo.graph", "dvc.repo.index", "dvc.repo.init", "dvc.repo.metrics",
    "dvc.repo.params", "dvc.repo.plots", "dvc.repo.reproduce", "dvc.repo.stage", "dvc.repo.trie", "dvc.repo.update",
    "dvc.rwlock", "dvc.scm", "dvc.stage.cache", "dvc.stage.run", "dvc.utils.serialize", "dvc.utils.strictyaml", "duckdb",
    "dulwich.ignore", "dulwich.worktree", "dvc_data.hashfile.db.local", "dvc_data.hashfile.status", "dvc_data.index", "git", "html", "jinja2", "networkx",
    "numpy", "platformdirs", "rich.status", "rich.table", "ruamel.yaml", "scmrepo.git.backend.dulwich",
    "scmrepo.git.backend.gitpython", "scmrepo.git.backend.pygit2", "sqlite3", "tarfile", "xml.etree.ElementTree",
    "mlgit.cli.console", "mlgit.cli.main", "mlgit.host.choose", "mlgit.project.project", "mlgit.world.context",
)  # fmt: skip
"""What the programs import on the way, some of it late."""
OURS = (
    "mlgit.cli",
    "mlgit.commands",
    "mlgit.data",
    "mlgit.dvc",
    "mlgit.jobs",
    "mlgit.plan",
    "mlgit.project",
    "mlgit.render",
    "mlgit.views",
)
MOST = 6 * 1024**3
"""Bytes of addresses: a machine that others use as well stays alive."""


def become(
    arguments: list[str], streams: tuple[int, int, int], folder: str | None, environment: dict[str, str]
) -> None:
    """Be a program in this fork, from here to the end."""
    code = 70
    try:
        for number, stream in enumerate(streams):
            if stream not in (-1, number):
                os.dup2(stream, number)
        os.closerange(3, 512)
        if folder is not None:
            os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.stdin, sys.stdout, sys.stderr = (
            open(number, "w" if number else "r", encoding="utf-8", closefd=False, errors="backslashreplace")  # noqa: SIM115
            for number in range(3)
        )
        atexit._clear()
        code = ended(arguments)
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(arguments: list[str]) -> int:
    """Run `python -m PROGRAM ...` and return its exit code."""
    sys.argv = [arguments[2], *arguments[3:]]
    try:
        if arguments[2] == "mlgit":
            from mlgit.cli.main import main
        else:
            from dvc.cli import main
        return int(main(arguments[3:]) or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)


def warm_execute(original: Callable[..., None]) -> Callable[..., None]:
    """Return how a `Popen` starts its program: ours by a fork, every other as it did."""
    signature = inspect.signature(original)

    def execute(self: Any, *given: Any) -> None:
        asked = signature.bind(self, *given).arguments
        words = [os.fspath(one) for one in asked["args"]] if not isinstance(asked["args"], str) else []
        if words[1:2] != ["-m"] or words[2] not in PROGRAMS:
            original(self, *given)
            return
        names = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        pipes = [asked[name] for name in names]
        self.pid = os.fork()
        if self.pid == 0:
            if asked["start_new_session"]:
                os.setsid()
            environment = asked["env"] if asked["env"] is not None else dict(os.environ)
            folder = None if asked["cwd"] is None else os.fspath(asked["cwd"])
            become(words, (pipes[0], pipes[3], pipes[5]), folder, dict(environment))
        self._child_created = True
        self._close_pipe_fds(*pipes)

    return execute


def reap() -> None:
    """Let what was killed be gone, as the first process of a system does: DVC asks whether a number is alive."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def warm_up() -> None:
    """Import what mlgit and DVC import while they work, so that no fork does."""
    for name in WARMTH:
        importlib.import_module(name)
    for package in OURS:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(found.name)
    gc.freeze()


def serve() -> None:
    warm_up()
    from mlgit.world.descendants import adopt_orphans

    subprocess.Popen._execute_child = warm_execute(subprocess.Popen._execute_child)  # type: ignore[attr-defined, method-assign]
    sys.path.insert(0, str(HERE / "steps"))
    adopt_orphans()
    for line in sys.stdin:
        reap()
        request = json.loads(line)
        number = os.fork()
        if number == 0:
            os.setsid()
            output = os.open(request["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.environ.update(request["environment"])
            if "STEPS_COUNTER" in request["environment"]:
                import strikes

                strikes.begin(request["environment"])
            resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
            arguments = [sys.executable, "-m", "mlgit", *request["arguments"]]
            environment = {**request["environment"], "STEPS_FIRST": str(os.getpid())}
            become(arguments, (nothing, output, output), request["folder"], environment)
        _, status, usage = os.wait4(number, 0)
        spent = f"{usage.ru_utime + usage.ru_stime:.3f} {usage.ru_maxrss}"

        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)} {spent}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
