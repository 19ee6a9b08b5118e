"""A head that was not trained on what it holds passes no rule, and what cannot be told is never taken for fresh."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from hashlib import md5
from pathlib import Path

import pytest

from tests.cli.compare_repository import Sandbox
from tests.cli.gate_repository import GateSandbox

CODE, MORE = "print()\n", "print(1)\n"
RULES = {
    "point": "acc: {mode: point, min: 0.8}",
    "seeds": "acc: {seeds: [seeds/1.json, seeds/2.json, seeds/3.json], min: 0.5}",
}
STAGE = """\
stages:
  train:
    cmd: python train.py
    deps: [train.py, data/rows.csv, lib/model.py]
    params: [depth]
    metrics: [metrics/test.json: {cache: false}]
    outs: [seeds: {cache: false}]
"""
POINTER = "outs:\n- md5: {}\n  size: 8\n  hash: md5\n  path: rows.csv\n"
FILES = {
    "train.py": CODE,
    "params.yaml": "depth: 3\n",
    "metrics/test.json": '{"acc": 0.9}\n',
    **{f"seeds/{seed}.json": f'{{"acc": 0.9{seed}}}\n' for seed in (1, 2, 3)},
    "data/rows.csv.dvc": POINTER.format("a" * 32),
    "lib/model.py": CODE,
    "README.md": "words\n",
}


def digest(text: str) -> str:
    return md5(text.encode()).hexdigest()


def lock(depth: int = 3, code: str = CODE, data: str = "a" * 32, acc: str = "0.9") -> str:
    """The dvc.lock of a run; the folder of seeds is that of FILES."""
    listed = json.dumps(
        [{"md5": digest(FILES[f"seeds/{one}.json"]), "relpath": f"{one}.json"} for one in (1, 2, 3)]
    )
    deps = {"train.py": digest(code), "data/rows.csv": data, "lib/model.py": digest(CODE)}
    metrics = digest('{"acc": ' + acc + "}\n")
    made = "".join(f"    - {{path: {path}, hash: md5, md5: {one}, size: 8}}\n" for path, one in deps.items())
    return (
        "schema: '2.0'\nstages:\n  train:\n    cmd: python train.py\n    deps:\n" + made
        + f"    params:\n      params.yaml: {{depth: {depth}}}\n    outs:\n"
        + f"    - {{path: metrics/test.json, hash: md5, md5: {metrics}, size: 13}}\n"
        + f"    - {{path: seeds, hash: md5, md5: {digest(listed)}.dir, size: 42, nfiles: 3}}\n"
    )  # fmt: skip


def trained(
    root: Path, rule: str = "point", stage: str = STAGE, more: dict[str, str] | None = None
) -> GateSandbox:
    """Main holds a trained model with one rule; a branch of it is checked out."""
    gates = f"    gates:\n      - {RULES[rule]}\n" if rule else ""
    text = f"version: 1\nmodels:\n  churn:\n    metrics: [metrics/test.json]\n{gates}"
    made = GateSandbox(Sandbox(root), [])
    made.write({**FILES, "mlgit.yaml": text, "dvc.yaml": stage, "dvc.lock": lock(), **(more or {})}).commit(
        "base"
    )
    return made.branch()


def change(path: str, text: str) -> Callable[[GateSandbox], object]:
    return lambda gate: gate.write({path: text})


FROZEN = STAGE.replace("    cmd", "    frozen: true\n    cmd")
UNTRAINED: dict[str, tuple[Callable[[GateSandbox], object], str]] = {
    "parameter": (change("params.yaml", "depth: 9\n"), "train is stale (depth 3 -> 9)"),
    "code": (change("train.py", MORE), "train is stale (train.py: content changed)"),
    "data": (change("data/rows.csv.dvc", POINTER.format("b" * 32)), "train is stale (data/rows.csv: content changed)"),
    "command": (change("dvc.yaml", STAGE.replace("train.py\n", "train.py -q\n", 1)), "train is stale (command changed)"),
    "a dependency no longer named": (
        lambda gate: gate.write({"dvc.yaml": STAGE.replace("train.py, data", "data"), "train.py": MORE}),
        "dependency train.py removed in dvc.yaml",
    ),
    "a parameter no longer named": (
        lambda gate: gate.write({"dvc.yaml": STAGE.replace("    params: [depth]\n", ""), "params.yaml": "depth: 9\n"}),
        "parameter depth removed in dvc.yaml",
    ),
    "the stage frozen": (lambda gate: gate.write({"dvc.yaml": FROZEN, "train.py": MORE}), "definition frozen changed"),
    "parameters that cannot be read": (
        change("params.yaml", "depth: 9\n<<<<<<< HEAD\n=======\n>>>>>>> x\n"),
        "it cannot be told whether it was trained again: train (params.yaml",
    ),
    "a parameter twice": (change("params.yaml", "depth: 3\ndepth: 9\n"), "stands twice in params.yaml"),
    "a zero byte in the parameters": (change("params.yaml", "depth: 9\0\n"), "params.yaml"),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_whatever_decides_a_head_that_was_not_trained_again_gets_no_pass(tmp_path: Path, rule: str) -> None:
    gate = trained(tmp_path, rule)
    for name, (act, words) in UNTRAINED.items():
        gate.branch(name.replace(" ", "-"))
        act(gate)
        gate.commit()
        (model,) = gate.judged()["models"]
        said = model["warnings"][0]["message"]
        assert (model["verdict"], said if words in said else words) == ("UNDECIDED", said), name
        assert gate.gate("main", "HEAD", "--at", "promote").exit_code == 1
    gate.branch("words").write({"README.md": "more words\n"}).commit()
    assert gate.judged()["verdict"] == ("PASS" if rule == "point" else "UNDECIDED")
    gate.branch("honest").write({"params.yaml": "depth: 9\n", "metrics/test.json": '{"acc": 0.95}\n'})
    gate.write({"dvc.lock": lock(9, acc="0.95")}).commit()
    (model,) = gate.judged()["models"]
    # Seeds pass nothing by themselves; that the head was not trained is not among the reasons any more.
    assert (model["verdict"], model["warnings"]) == ("PASS" if rule == "point" else "UNDECIDED", [])


def test_numbers_of_a_training_on_other_code_pass_no_rule(tmp_path: Path) -> None:
    gate = trained(tmp_path)
    gate.write(
        {"metrics/test.json": '{"acc": 0.95}\n', "dvc.lock": lock(acc="0.95"), "train.py": MORE}
    ).commit()
    (model,) = gate.judged()["models"]
    assert [one["verdict"] for one in model["findings"]] == ["PASS"]
    assert (model["verdict"], model["warnings"][0]["kind"]) == ("UNDECIDED", "not-trained")


def test_a_submodule_that_moved_without_a_training_passes_no_rule(tmp_path: Path) -> None:
    library = Sandbox(tmp_path / "library").write({"model.py": CODE})
    first = library.commit()
    gate = trained(tmp_path / "desk")
    gate.sandbox.git("switch", "--quiet", "main")
    gate.sandbox.git("rm", "-r", "--quiet", "lib")
    allowed = ["-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(library.root), "lib"]
    subprocess.run(["git", *allowed], cwd=gate.root, check=True, capture_output=True)
    gate.commit(f"lib at {first}")
    gate.branch("moved")
    Sandbox(gate.root / "lib").write({"model.py": MORE}).commit("more")
    gate.commit()
    (model,) = gate.judged()["models"]
    assert model["verdict"] == "UNDECIDED"
    assert "lib/model.py" in model["warnings"][0]["message"]


@pytest.mark.parametrize(
    ("stage", "more", "head"),
    [
        (STAGE.replace("[depth]", "[hp.py: [lr]]"), {"hp.py": "lr = 1\n"}, {"hp.py": "lr = 2\n"}),
        (STAGE.replace("train.py\n", "train.py ${opts}\n", 1), {"params.yaml": "opts: {a: 1}\n"}, {"params.yaml": "opts: {a: 2}\n"}),
        (STAGE.replace("train.py\n", "train.py ${opts}\n", 1), {"params.yaml": "opts: {a: 1}\n"}, {"train.py": MORE}),
    ],
)  # fmt: skip
def test_a_stage_of_which_nothing_can_be_told_is_not_fresh(
    tmp_path: Path, stage: str, more: dict[str, str], head: dict[str, str]
) -> None:
    gate = trained(tmp_path, stage=stage, more=more)
    gate.write(head).commit()
    assert gate.judged()["verdict"] == "UNDECIDED"
    assert gate.judged()["models"][0]["warnings"][0]["kind"] in ("not-told", "not-trained")
    gate.branch("words").write({"README.md": "more words\n"}).commit()
    assert gate.judged()["verdict"] == "PASS"


def test_a_frozen_stage_whose_data_changed_is_not_known_to_be_fresh(tmp_path: Path) -> None:
    gate = trained(tmp_path, stage=FROZEN)
    gate.write({"train.py": MORE}).commit()
    (model,) = gate.judged()["models"]
    assert (model["verdict"], "it is frozen, and train.py changed" in model["warnings"][0]["message"]) == (
        "UNDECIDED",
        True,
    )


def test_a_comparison_without_gates_tells_it_too(tmp_path: Path) -> None:
    gate = trained(tmp_path, "")
    gate.write({"train.py": MORE}).commit()
    answer = gate.sandbox.mlgit("compare", "main", "HEAD")
    assert "it was not trained again: train is stale (train.py: content changed)" in answer.stdout
    (model,) = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--json").stdout)["models"]
    assert ["it was not trained again" in one["reason"] for one in model["coverage"]["not_judged"]] == [True]
