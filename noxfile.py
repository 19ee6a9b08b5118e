"""The one door for developers: `nox` runs what CI runs, `nox -l` lists every room."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["lint", "typecheck", "imports", "tests", "workflows", "docs", "example", "package"]

# The tests start thousands of Python processes: each would compile what it imports again, which takes more than half of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

WORKFLOWS = "tests/workflows"
"""What a session of its own runs."""
TIMED = ("tests/unit/world", "tests/unit/project/test_sandbox.py")
"""Tests about what happens within a second in other processes: measuring those would make them late."""

ROOT = Path(__file__).parent
LOCK = ROOT / "requirements-dev.txt"
"""Every package that a session may install: one version, with the digests of its files."""
GROUPS = ("dev", "site", "long", "release")


def install(session: nox.Session, *extras: str, groups: tuple[str, ...] = ("dev",)) -> None:
    """Install mlgit with extras, editable, and groups of development tools, each in the version of the lock."""
    wanted = f".[{','.join(extras)}]" if extras else "."
    tools = nox.project.dependency_groups(nox.project.load_toml(ROOT / "pyproject.toml"), *groups)
    session.install("--constraint", constraints(session), "--editable", wanted, *tools)


def constraints(session: nox.Session) -> str:
    """Return the lock; for pip without the digests, because it wants one of mlgit itself as soon as it sees any."""
    if session.venv_backend == "uv":
        return str(LOCK)
    versions = [
        line.removesuffix("\\").rstrip() for line in LOCK.read_text().splitlines() if "--hash=" not in line
    ]
    plain = Path(session.create_tmp()) / "constraints.txt"
    plain.write_text("\n".join([*versions, ""]))
    return str(plain)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and mistakes that a reader of one file can see."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Every function typed, mypy strict; the scripts of the documentation, too."""
    install(session, "data", "serve")
    session.run("mypy")
    session.run("mypy", *sorted(map(str, Path("docs").glob("*.py"))))


@nox.session
def imports(session: nox.Session) -> None:
    """Every import arrow falls: the floors of docs/architecture.md hold."""
    install(session)
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """Units, and the command line on real Git and DVC repositories (the short form)."""
    install(session, "all")
    posargs = session.posargs or ["tests", f"--ignore={WORKFLOWS}"]
    session.run("pytest", "-n", "2", "-m", "not slow", *posargs)


@nox.session
def workflows(session: nox.Session) -> None:
    """The rendered workflows: rules, linters, mutations, and executed with act (the short form)."""
    install(session, "all")
    session.run("pytest", "-n", "2", "-m", "not slow", *(session.posargs or [WORKFLOWS]))


@nox.session
def tests_all(session: nox.Session) -> None:
    """Every test in its long form: eight tables and more, full calibration."""
    install(session, "all", groups=("dev", "long"))
    session.run("pytest", "-n", "2", *(session.posargs or ["tests"]))


@nox.session
def steady(session: nox.Session) -> None:
    """Hostile files and names, interruptions, full disks and forgeries, every case; the sums and seeds stand at the end."""
    install(session, "all")
    campaigns = (
        "tests/hostile",
        "tests/interruption",
        "tests/cli/test_forgeries.py",
        "tests/cli/test_planted_mistakes.py",
    )
    session.run("pytest", "-n", "2", *(session.posargs or campaigns))


@nox.session
def image(session: nox.Session) -> None:
    """The image of a version, built by buildah and run by a plain user; MLGIT_TEST_BASE names a base image of this machine."""
    install(session, "all")
    session.run("pytest", "tests/cli/test_deploy_image.py", *session.posargs)


@nox.session
def calibration(session: nox.Session) -> None:
    """Every law on its bound in every setting: how often a wrong verdict falls; the table is written into the docs."""
    install(session, "all")
    session.run("python", "docs/calibration.py", *session.posargs)


@nox.session
def data_calibration(session: nox.Session) -> None:
    """How often honest tables alarm: 200 of each size, over 50 references; writes its page."""
    install(session, "all")
    session.run("python", "docs/data_calibration.py", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """How much of the source the short tests execute, the processes that they start included; pyproject has the floor."""
    install(session, "all")
    session.run("coverage", "erase")
    measure = ("coverage", "run", "-m", "pytest", "-m", "not slow")
    others = [f"--ignore={path}" for path in (WORKFLOWS, *TIMED)]
    session.run(*measure, "-n", "2", *(session.posargs or ["tests", *others]))
    if not session.posargs:
        session.run(*measure, *TIMED, env={"COVERAGE_PATCH": "_exit"})
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def versions(session: nox.Session) -> None:
    """The short tests on every Python that mlgit supports."""
    install(session, "all")
    session.run("pytest", "-n", "2", "-m", "not slow", *(session.posargs or ["tests"]))


@nox.session
def docs(session: nox.Session) -> None:
    """The generated pages are fresh and the site builds; the blocks of the pages run with `tests`."""
    install(session, "all")
    session.run("python", "docs/generate.py", "--check")
    session.run("python", "docs/terminal.py", "--check")
    install(session, groups=("site",))
    session.run("python", "docs/site/build.py")


@nox.session
def site(session: nox.Session) -> None:
    """The documentation as a site below build/site; a warning is an error."""
    install(session, groups=("site",))
    session.run("python", "docs/site/build.py", *session.posargs)


@nox.session
def generate(session: nox.Session) -> None:
    """Write the generated pages and example-project/ again."""
    install(session, "all")
    session.run("python", "docs/generate.py")
    session.run("python", "docs/example.py")
    session.run("python", "docs/terminal.py")


@nox.session
def pictures(session: nox.Session) -> None:
    """The pictures of the documentation are made again; needs the programs chromium and npm."""
    install(session, "all")
    session.run("python", "docs/pictures.py", *session.posargs)


@nox.session
def pins(session: nox.Session) -> None:
    """The table of pinned actions asks GitHub for newer releases and writes them; then: nox -s tests."""
    install(session)
    session.run("python", "docs/refresh_pins.py", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """What the sessions install is pinned again: requirements-dev.txt, for every Python and system that mlgit supports."""
    session.install("uv")
    groups = [word for name in GROUPS for word in ("--group", name)]
    form = (
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-annotate",
    )
    session.run(
        *("uv", "pip", "compile", "--quiet", "--no-header", "--upgrade", *form),
        *("--extra", "all", *groups, "pyproject.toml", "--output-file", str(LOCK)),
    )


@nox.session
def locks(session: nox.Session) -> None:
    """What a scaffolded project installs is pinned again, for every kind of remote; then: nox -s tests_all."""
    install(session)
    session.install("uv")
    session.run("python", "docs/refresh_locks.py", *session.posargs)


@nox.session
def example(session: nox.Session) -> None:
    """example-project/ is what `mlgit init` writes today, to the byte."""
    install(session, "all")
    session.run("python", "docs/example.py", "--check")


@nox.session
def train_example(session: nox.Session) -> None:
    """example-project/ trains, and its own tests pass."""
    install(session, "all")
    session.run("python", "docs/example.py", "--train")


@nox.session
def package(session: nox.Session) -> None:
    """The wheel holds the package and exactly the templates that Git tracks, and it starts."""
    session.install("--constraint", constraints(session), "build", "hatchling")
    dist = Path(session.create_tmp()) / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run(
        "python", "-m", "build", "--wheel", "--outdir", str(dist), "--no-isolation", str(ROOT), silent=True
    )
    session.run("python", "tests/package/check_wheel.py", str(dist))


@nox.session
def bench(session: nox.Session) -> None:
    """Mlgit beside its peers, as ratios of one run."""
    install(session, "all")
    for script in sorted((ROOT / "benchmarks").glob("*.py")):
        if not script.name.startswith("_"):
            session.run("python", str(script), *session.posargs)


if __name__ == "__main__":
    sys.exit("run it with: nox")
