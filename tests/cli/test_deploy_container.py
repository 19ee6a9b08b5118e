"""The target `container`: the image of a version, rendered, linted, built by a real builder, and run by the user's commands."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mlgit import __version__
from mlgit.config.images import ContainerTarget
from mlgit.deploy.container import containerfile
from mlgit.deploy.sbom import sbom
from mlgit.deploy.target import Release, Version
from tests.cli.deploy_repository import COMMAND, Deployable
from tests.cli.serve_repository import Servable

BASE = "images.example.org/python@sha256:" + "0" * 64
BUILDER = """\
import sys
from pathlib import Path
if "--iidfile" in sys.argv:
    Path(sys.argv[sys.argv.index("--iidfile") + 1]).write_text("sha256:" + "5" * 64)
Path({log!r}).write_text(" ".join(sys.argv[1:]) + "\\n" + Path("Containerfile").read_text() + "\\n".join(
    sorted(str(one) for one in Path(".").rglob("*") if one.is_file())))
sys.exit(int(Path({code!r}).read_text()))
"""
VERSION = Version(artifact="small", name="small", version="v0.1.0", digest="md5:" + "1" * 32, commit="c" * 40)


def target(builder: list[str], base: str = BASE, **more: str) -> str:
    """The target as mlgit.yaml has it: a flow mapping, which JSON is."""
    words = [sys.executable, "ops/target.py"]
    return json.dumps(
        {
            "kind": "container", "base": base, "image": "images.example.org/small", "builder": builder,
            "apply": [*words, "apply"], "check": [*words, "check"], **more,
        }
    )  # fmt: skip


def prepared(servable: Deployable) -> Path:
    """Commands that keep what runs in a folder; return that folder."""
    state = servable.folder / "platform"
    state.mkdir()
    text = COMMAND.format(state=str(state)).replace(
        "content = Path",
        f'Path({str(state)!r}, "image").write_text(os.environ["MLGIT_IMAGE"])\ncontent = Path',
    )
    servable.desk.write("ops/target.py", text)
    return state


def test_an_image_is_built_and_handed_to_the_commands(servable: Servable) -> None:
    state = prepared(servable)
    log, code = servable.folder / "built", servable.folder / "code"
    code.write_text("0")
    builder = servable.folder / "build.py"
    builder.write_text(BUILDER.format(log=str(log), code=str(code)))
    servable.desk.write(".dockerignore", "*\n")
    servable.target("staging", target([sys.executable, str(builder)], address="http://127.0.0.1:9"))
    (model,) = servable.deployed(exit_code=1)[
        "models"
    ]  # nothing answers the golden predictions at that address
    assert "golden predictions are wrong" in model["why"]
    assert (state / "image").read_text() == "sha256:" + "5" * 64
    first, *lines = log.read_text().splitlines()
    assert first == "--file Containerfile --tag images.example.org/small:small-v0.1.0 --iidfile .image-id ."
    assert lines[0] == f"FROM {BASE}"
    assert "model.onnx" in lines
    assert "sbom.cdx.json" in lines
    assert ".git/HEAD" not in lines
    code.write_text("3")
    (state / "staging-small").unlink()
    (model,) = servable.deployed(exit_code=1)["models"]
    assert "exit code 3" in model["why"]


def rendered(name: str = "small", install: str | None = None) -> str:
    settings = ContainerTarget(base=BASE, image="small", apply=("a",), check=("c",), install=install)
    version = Version(
        artifact="small", name=name, version="v0.1.0", digest=VERSION.digest, commit=VERSION.commit
    )
    return containerfile(settings, version, Release(folder=Path("/r"), model=Path('/r/models/a "$b"')))


LOCK = """\
# a comment
numpy==2.4.6 ; python_version >= '3.11' \\
    --hash=sha256:1111111111111111111111111111111111111111111111111111111111111111
ruamel.yaml[all]==0.18.1
"""


def bill(lock: str) -> dict[str, Any]:
    settings = ContainerTarget(base=BASE, image="small", apply=("a",), check=("c",))
    found: dict[str, Any] = json.loads(sbom(settings, replace(VERSION, run="2" * 64), lock))
    return found


def test_a_bill_of_materials_names_model_base_and_packages() -> None:
    made = bill(LOCK)
    model = made["metadata"]["component"]
    assert (model["type"], model["hashes"]) == (
        "machine-learning-model",
        [{"alg": "MD5", "content": "1" * 32}],
    )
    assert {one["name"]: one["value"] for one in model["properties"]}["mlgit:run"] == "2" * 64
    assert [one.get("purl", one["name"]) for one in made["components"]] == [
        "images.example.org/python",
        f"pkg:pypi/mlgit@{__version__}",
        "pkg:pypi/numpy@2.4.6",
        "pkg:pypi/ruamel-yaml@0.18.1",
    ]
    assert made == bill(LOCK)


@pytest.mark.slow
def test_a_bill_of_materials_keeps_the_published_schema() -> None:
    validation = pytest.importorskip("cyclonedx.validation.json")
    schema = pytest.importorskip("cyclonedx.schema")
    checker = validation.JsonStrictValidator(schema.SchemaVersion.V1_6)
    assert checker.validate_str(json.dumps(bill(LOCK))) is None
    assert checker.validate_str(json.dumps({**bill(LOCK), "bomFormat": "other"})) is not None


def test_labels_name_the_bill_and_the_run_and_a_lock_file_is_installed_by_its_digests() -> None:
    settings = ContainerTarget(base=BASE, image="s", apply=("a",), check=("c",), lock="locks/a b.lock")
    release = Release(folder=Path("/r"), model=Path("/r/m"))
    text = containerfile(settings, replace(VERSION, run="2" * 64), release, b"bill")
    assert f'mlgit.sbom.digest="sha256:{sha256(b"bill").hexdigest()}"' in text
    assert f'mlgit.run.digest="sha256:{"2" * 64}"' in text
    locked, own = [line for line in text.splitlines() if line.startswith("RUN ")]
    assert json.loads(locked.removeprefix("RUN "))[-3:] == [
        "--require-hashes",
        "--requirement",
        "locks/a b.lock",
    ]
    assert json.loads(own.removeprefix("RUN "))[-1] == f"mlgit[serve]=={__version__}"


def test_values_are_quoted() -> None:
    text = rendered()
    assert 'MLGIT_PATH="/model/models/a \\"\\$b\\""' in text
    assert "USER 10001:10001" in text
    assert "OMP_NUM_THREADS=1" in text


@pytest.mark.parametrize("base", ["python:3.12", "python@sha256:0", "-x@sha256:" + "0" * 64])
def test_a_base_without_its_digest_is_refused(servable: Servable, base: str) -> None:
    prepared(servable)
    servable.target("staging", target(["true"], base))
    assert "error[config-invalid]" in servable.mlgit("deploy", "staging", exit_code=2).err


def test_hadolint_finds_nothing(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text(rendered())
    done = subprocess.run(
        (str(Path(sys.executable).parent / "hadolint"), "Containerfile"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
