"""Where mlgit came from says what the jobs install: the registry's digests, the commit, else a wheel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from mlgit.render import origin
from mlgit.render.install_files import ALONE, JOBS, install_files
from mlgit.render.installation import Installation
from mlgit.render.origin import PINNED, from_commit, installation_for, installation_here
from mlgit.render.record import Record, digest, read_record, write_record
from mlgit.render.wheel import installed_wheel
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import Completed

COMMIT = "a1" * 20
DIGEST = "sha256:" + "b2" * 32


class Registry:
    """Programs that answer as pip and uv would."""

    def __init__(self, pip: str = "", uv: str = "") -> None:
        self.answers, self.asked = {"-m": pip, "pip": uv}, 0

    def run(
        self, arguments: Sequence[str], *, directory: Path, environment: Mapping[str, str], **_: Any
    ) -> Completed:
        self.asked += 1
        text = self.answers[arguments[1]]
        return Completed(
            arguments=tuple(arguments), exit_code=0 if text else 1, stdout=text.encode(), stderr=b""
        )


def report(url: str) -> str:
    found = {"url": url, "archive_info": {"hashes": {"sha256": "b2" * 32}}}
    return json.dumps({"install": [{"download_info": found}]})


def here(registry: Registry) -> Context:
    return Context(
        directory=Path.cwd(),
        environment={"PATH": "/usr/bin"},
        processes=registry,
        console=SilentConsole(),  # type: ignore[arg-type]
    )


class Installed:
    """A package with this `direct_url.json`."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    def read_text(self, name: str) -> str | None:
        return self.text if name == "direct_url.json" else None


def came(monkeypatch: pytest.MonkeyPatch, told: Mapping[str, Any] | None) -> None:
    text = json.dumps(told) if told is not None else None
    monkeypatch.setattr(origin, "installed_distribution", lambda: Installed(text))


def git(**more: Any) -> dict[str, Any]:
    return {"url": "https://example.org/mlgit.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}, **more}


def test_what_came_from_a_commit_is_that_commit() -> None:
    found = from_commit(git())
    assert found == Installation(
        origin="git", requirement=f"mlgit @ git+https://example.org/mlgit.git@{COMMIT}"
    )
    below = from_commit(git(subdirectory="tools/mlgit"))
    assert below is not None
    assert below.requirement.endswith(f"@{COMMIT}#subdirectory=tools/mlgit")


@pytest.mark.parametrize(
    "told",
    [
        git(url="ssh://git@example.org/mlgit.git"),
        git(url="https://user:secret@example.org/mlgit.git"),
        git(url="file:///home/me/mlgit"),
        git(vcs_info={"vcs": "git", "commit_id": "main"}),
        git(vcs_info={"vcs": "hg", "commit_id": COMMIT}),
        {"url": "file:///home/me/mlgit", "dir_info": {"editable": True}},
        {"url": "https://example.org/mlgit.whl", "archive_info": {}},
    ],
)
def test_what_no_job_can_fetch_is_a_wheel(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    came(monkeypatch, told)
    found = installation_here(here(Registry()))
    assert (found.origin, found.digests) == ("wheel", (digest(installed_wheel()),))
    assert "secret" not in found.requirement


def test_the_registry_tells_its_digests_and_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    came(monkeypatch, None)
    registry = Registry(pip=report("https://files.example.org/mlgit.whl"))
    found = installation_here(here(registry))
    assert found == Installation(origin="registry", requirement=PINNED, digests=(DIGEST,))
    asked = registry.asked
    assert installation_for(here(registry), None, found, anew=True) == found
    assert registry.asked == asked


def test_uv_is_asked_where_there_is_no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    came(monkeypatch, None)
    monkeypatch.setattr(origin, "which", lambda *_, **__: "/usr/bin/uv")
    text = f"{PINNED} --hash={DIGEST}\n    # from https://example.org/simple\n"
    assert installation_here(here(Registry(uv=text))).digests == (DIGEST,)
    assert installation_here(here(Registry(uv=text.replace("https", "file")))).origin == "wheel"


@pytest.mark.parametrize("pip", ["", "no JSON", "{}", report("file:///home/me/wheels/mlgit.whl")])
def test_a_registry_that_does_not_know_it_is_not_named(pip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    came(monkeypatch, None)
    assert installation_here(here(Registry(pip=pip))).origin == "wheel"


def test_a_check_decides_nothing_and_mlgit_yaml_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    came(monkeypatch, git())
    recorded = Installation(origin="registry", requirement="mlgit==0.0.9", digests=(DIGEST,))
    assert installation_for(here(Registry()), None, recorded, anew=False) == recorded
    assert installation_for(here(Registry()), None, recorded, anew=True).origin == "git"
    named = installation_for(here(Registry()), "mlgit[all] @ ./x.whl", recorded, anew=False)
    assert (named.origin, named.alone) == ("own", "mlgit @ ./x.whl")
    assert installation_for(here(Registry()), None, named, anew=False).origin == "git"


@pytest.mark.parametrize("digests", [(), (DIGEST,), (DIGEST, DIGEST)])
def test_the_record_keeps_it(digests: tuple[str, ...]) -> None:
    installation = Installation(origin="git", requirement='a "b" @ c#d', digests=digests)
    record = Record(version="1", inputs="i", files={".mlgit/install/f": DIGEST}, installation=installation)
    assert read_record(write_record(record)) == record


@pytest.mark.parametrize(
    ("kinds", "package"),
    [
        (("s3",), "dvc-s3"),
        (("gs",), "dvc-gs"),
        (("azure",), "dvc-azure"),
        (("ssh", "webdav"), "dvc-ssh"),
        (("ssh", "webdav"), "dvc-webdav"),
        ((), "dvc-http"),
    ],
)
def test_every_package_has_digests_and_the_remote_its_own(kinds: tuple[str, ...], package: str) -> None:
    wheel = Installation(origin="wheel", requirement="./mlgit.whl", digests=(DIGEST,))
    alone, jobs, tests = (text.decode() for text in install_files(wheel, kinds).values())
    for text in (alone, jobs, tests):
        assert (f"./mlgit.whl --hash={DIGEST}\n" in text) == (text != tests)
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        pins = [line for line in lines if not line.startswith(" ")]
        assert all(line.endswith(" \\") or "--hash=" in line for line in pins)
    assert f"{package}==" in jobs
    assert "pytest==" in tests
    assert "dvc" not in tests
    assert "msgspec==" in alone
    assert "dvc==" not in alone


def test_what_builds_a_commit_comes_by_digest_too() -> None:
    commit = Installation(origin="git", requirement=f"mlgit @ git+https://example.org/mlgit.git@{COMMIT}")
    files = install_files(commit, ())
    assert not any(COMMIT.encode() in text for text in files.values())
    assert all(b"hatchling==" in files[path] for path in (ALONE, JOBS))
