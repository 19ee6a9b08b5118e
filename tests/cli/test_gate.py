"""The gate on real repositories: what it asks, what it answers, and what it says when it cannot answer."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from mlgit.views.json_form import schema
from tests.cli.gate_repository import PREDICTIONS, GateSandbox, altered, configuration, gated, table

NUMBER = 500


def gate_of(name: str, rule: str) -> str:
    return f"    gates:\n      - {name}: {rule}\n"


def finding(gate: GateSandbox) -> dict[str, object]:
    found: dict[str, object] = gate.judged()["models"][0]["findings"][0]
    return found


def better(gate: GateSandbox, number: int = 50) -> GateSandbox:
    gate.predict(altered(gate.base, better=number)).commit()
    return gate


def test_nothing_of_the_model_changed(tmp_path: Path) -> None:
    gate = gated(tmp_path, gate_of("accuracy", "{better_than: {margin: 0}}"), number=NUMBER)
    gate.write({"README.md": "words\n"}).commit()
    (model,) = gate.judged()["models"]
    assert (model["verdict"], model["state"]) == ("PASS", "unchanged")


def test_a_new_model_that_predicts_the_same_is_not_better(tmp_path: Path) -> None:
    gate = gated(tmp_path, gate_of("roc_auc", "{better_than: {margin: 0}}"), number=NUMBER)
    gate.write({"dvc.lock": "schema: '2.0'\nstages: {}\n"}).commit()
    assert finding(gate)["verdict"] == "UNDECIDED"
    assert "no prediction changed" in gate.gate().stdout


def test_metrics_alone_ask_only_the_rules_about_them(tmp_path: Path) -> None:
    gates = "    gates:\n      - latency_ms: {mode: point, max: 15}\n      - roc_auc: {better_than: {margin: 0}}\n"
    gate = gated(tmp_path, gates, number=NUMBER)
    gate.write({"metrics/test.json": '{"latency_ms": 14}\n'}).commit()
    (model,) = gate.judged()["models"]
    assert (model["verdict"], [one["metric"] for one in model["findings"]]) == ("PASS", ["latency_ms"])
    gate.write({"metrics/test.json": '{"latency_ms": 16}\n'}).commit()
    assert gate.judged()["verdict"] == "FAIL"


def test_a_base_without_gates_decides_nothing(tmp_path: Path) -> None:
    gate = gated(tmp_path, "", number=NUMBER)
    better(gate)
    answer = gate.gate()
    assert answer.exit_code == 3
    assert "add gates:" in answer.stdout


def test_gates_count_from_the_commit_that_brings_them(tmp_path: Path) -> None:
    gate = gated(tmp_path, "", number=NUMBER)
    better(gate.write({"mlgit.yaml": configuration()}))
    (model,) = gate.judged()["models"]
    assert (model["verdict"], model["state"]) == ("UNDECIDED", "new")


def test_a_base_without_predictions(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.sandbox.git("rm", "--quiet", PREDICTIONS)
    gate.commit("without")
    better(gate.branch("with"))
    (model,) = gate.judged()["models"]
    assert (model["verdict"], model["state"]) == ("UNDECIDED", "new")
    assert "mlgit train" in model["hint"]


def test_only_aggregated_metrics_decide_nothing(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    text = configuration().replace(f"    predictions: {PREDICTIONS}\n", "")
    gate.write({"mlgit.yaml": text}).commit("aggregates")
    gate.branch("next").write({"metrics/test.json": '{"accuracy": 0.99}\n'}).commit()
    answer = gate.gate()
    assert answer.exit_code == 3
    assert "mode: point" in answer.stdout


@pytest.mark.parametrize(
    ("rule", "value", "verdict"),
    [
        ("{mode: point, max: 15}", 14, "PASS"),
        ("{mode: point, max: 15}", 15, "PASS"),
        ("{mode: point, max: 15}", 15.01, "FAIL"),
        ("{mode: point, no_worse_than: {margin: 1}}", 13, "PASS"),
        ("{mode: point, no_worse_than: {margin: 1}}", 13.5, "FAIL"),
        ("{mode: point, better_than: {margin: 1}}", 10, "PASS"),
        ("{mode: point, better_than: {margin: 1}}", 11, "FAIL"),
    ],
)
def test_a_number_as_it_stands(tmp_path: Path, rule: str, value: float, verdict: str) -> None:
    gate = gated(tmp_path, gate_of("latency_ms", rule), number=20)
    gate.write({"metrics/test.json": json.dumps({"latency_ms": value})}).commit()
    assert finding(gate)["verdict"] == verdict


def test_a_number_whose_direction_nobody_knows(tmp_path: Path) -> None:
    gate = gated(tmp_path, gate_of("quux", "{mode: point, no_worse_than: {margin: 1}}"), number=20)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"metrics/test.json": '{"quux": 1}'}).commit("quux")
    gate.branch("x").write({"metrics/test.json": '{"quux": 2}'}).commit()
    assert finding(gate)["verdict"] == "UNDECIDED"
    assert "directions" in gate.gate().stdout


def test_the_mean_over_seeds_fails_what_is_worse_and_passes_nothing(tmp_path: Path) -> None:
    names = [f"metrics/{seed}.json" for seed in range(4)]
    gate = gated(
        tmp_path,
        gate_of("accuracy", f"{{seeds: [{', '.join(names)}], no_worse_than: {{margin: 0.01}}}}"),
        number=20,
    )
    gate.sandbox.git("switch", "--quiet", "main")
    spread = (0.0, 0.004, -0.003, 0.001)

    def seeds(mean: float) -> dict[str, str | bytes]:
        return {name: json.dumps({"accuracy": mean + add}) for name, add in zip(names, spread, strict=True)}

    gate.write(seeds(0.9)).commit("seeds")
    gate.branch("up").write(seeds(0.93)).commit()
    assert finding(gate)["verdict"] == "UNDECIDED"
    shown = gate.gate().stdout
    assert "over 4 seeds" in shown
    assert "seeds on one test set say nothing about new items" in shown
    gate.branch("down").write(seeds(0.86)).commit()
    assert finding(gate)["verdict"] == "FAIL"
    gate.branch("near").write(seeds(0.891)).commit()
    assert finding(gate)["verdict"] == "UNDECIDED"
    gate.branch("lost").write(seeds(0.93))
    (gate.root / names[2]).unlink()
    gate.commit()
    assert finding(gate)["verdict"] == "FAIL"


def test_slices_and_too_few_items(tmp_path: Path) -> None:
    gates = (
        "    gates:\n      - accuracy: {where: {country: AT}, min: 0.5, min_n: 100}\n"
        "      - accuracy: {where: {country: AT, label: 1}, min: 0.5, min_n: 100}\n"
        "      - accuracy: {where: {country: FR}, min: 0.5}\n"
        "      - accuracy: {where: {planet: mars}, min: 0.5}\n"
    )
    gate = better(gated(tmp_path, gates, number=NUMBER))
    found = gate.judged()["models"][0]["findings"]
    assert [one["verdict"] for one in found] == ["PASS", "UNDECIDED", "UNDECIDED", "UNDECIDED"]
    assert found[0]["items"] == NUMBER // 4
    shown = gate.gate().stdout
    assert f"{found[1]['items']} item(s), at least n >= 100 is asked for (min_n)\n" in shown
    assert "no test item is in this slice\n" in shown
    assert [one["needed"] for one in found[1:3]] == [None, None]
    assert "no column planet" in shown


@pytest.mark.parametrize("beside", ["min_n: 100", "confidence: 0.9", "where: {country: AT}"])
def test_what_a_number_as_it_stands_ignores_is_a_mistake(tmp_path: Path, beside: str) -> None:
    gate = gated(tmp_path, gate_of("latency_ms", f"{{mode: point, max: 20, {beside}}}"), number=20)
    answer = gate.gate()
    assert (answer.exit_code, "mlgit.yaml:8" in answer.stderr) == (2, True), answer.stderr
    assert "mode: point" in answer.stderr


def test_groups_are_the_sampling_unit(tmp_path: Path) -> None:
    gate = gated(tmp_path, gate_of("accuracy", "{no_worse_than: {margin: 0.02}}"), number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")

    def grouped(text: str) -> str:
        head, *lines = text.splitlines()
        return "\n".join([f"{head},group", *(f"{line},g{at // 5}" for at, line in enumerate(lines))]) + "\n"

    gate.write({PREDICTIONS: grouped(table(gate.base))}).commit("groups")
    gate.branch("next").write({PREDICTIONS: grouped(table(altered(gate.base, better=40)))}).commit()
    found = finding(gate)
    assert found["verdict"] == "PASS"
    assert "group" in str(found["shown"])


def test_which_class_is_positive_has_to_be_known(tmp_path: Path) -> None:
    def animals(gate: GateSandbox, better: int) -> str:
        names = {"0": "cat", "1": "dog"}
        items = altered(gate.base, better=better)
        return table(
            [replace(row, label=names[row.label], prediction=names[row.prediction]) for row in items]
        )

    verdicts = {}
    for positive in ("", "    positive: dog\n", "    positive: cow\n"):
        gate = gated(
            tmp_path / (positive[-4:].strip() or "none"), gate_of("f1", "{min: 0.3}"), positive, number=NUMBER
        )
        gate.sandbox.git("switch", "--quiet", "main")
        gate.write({PREDICTIONS: animals(gate, 0)}).commit("animals")
        gate.branch("next").write({PREDICTIONS: animals(gate, 50)}).commit()
        found = finding(gate)
        verdicts[positive.strip()] = (found["verdict"], str(found["reason"])[:25])
    assert verdicts[""] == ("UNDECIDED", "it is not known which of ")
    assert verdicts["positive: dog"][0] == "PASS"
    assert verdicts["positive: cow"] == ("UNDECIDED", "the positive class cow is")


def test_several_classes_and_numbers(tmp_path: Path) -> None:
    chance = random.Random(3)

    def lines(answers: list[tuple[str, str]]) -> str:
        return "id,label,prediction\n" + "".join(f"{at},{a},{b}\n" for at, (a, b) in enumerate(answers))

    truth = [chance.choice("abc") for _ in range(NUMBER)]
    poor = [(one, one if chance.random() < 0.7 else chance.choice("abc")) for one in truth]
    fine = [(one, one if chance.random() < 0.9 else chance.choice("abc")) for one in truth]
    gates = "    gates:\n      - f1_macro: {min: 0.7, better_than: {margin: 0}}\n      - kappa: {min: 0.5}\n"
    gate = gated(tmp_path / "classes", gates, number=20)
    gate.sandbox.git("switch", "--quiet", "main")
    text = configuration(gates, task="multiclass-classification")
    gate.write({"mlgit.yaml": text, PREDICTIONS: lines(poor)}).commit("classes")
    gate.branch("next").write({PREDICTIONS: lines(fine)}).commit()
    assert gate.judged()["verdict"] == "PASS"

    values = [chance.gauss(0, 1) for _ in range(NUMBER)]
    gates = "    gates:\n      - rmse: {max: 0.6, no_worse_than: {margin: 0.01}}\n      - r2: {min: 0.5}\n      - pinball: {quantile: 0.9, better_than: {margin: 0}}\n"
    gate = gated(tmp_path / "numbers", gates, number=20)
    gate.sandbox.git("switch", "--quiet", "main")
    poor = [(f"{value:.3f}", f"{value + chance.gauss(0, 0.6):.3f}") for value in values]
    fine = [
        (f"{value:.4f}", f"{value + chance.gauss(0, 0.3):.3f}") for value in [float(one) for one, _ in poor]
    ]
    gate.write({"mlgit.yaml": configuration(gates, task="regression"), PREDICTIONS: lines(poor)}).commit(
        "numbers"
    )
    gate.branch("next").write({PREDICTIONS: lines(fine)}).commit()
    assert gate.judged()["verdict"] == "PASS"


def in_dvc(gate: GateSandbox, text: str, *, cached: bool = True) -> None:
    digest = md5(text.encode()).hexdigest()
    pointer = f"outs:\n- md5: {digest}\n  size: {len(text)}\n  hash: md5\n  path: test.csv\n"
    files: dict[str, str | bytes] = {f"{PREDICTIONS}.dvc": pointer, "predictions/.gitignore": "/test.csv\n"}
    if cached:
        files[f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}"] = text
    gate.sandbox.with_dvc().write(files)


def test_predictions_in_the_cache_of_dvc(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.sandbox.git("rm", "--quiet", PREDICTIONS)
    in_dvc(gate, table(gate.base))
    gate.commit("to DVC")
    gate.branch("next")
    in_dvc(gate, table(altered(gate.base, better=50)))
    gate.commit("better")
    report = gate.judged()
    assert report["verdict"] == "PASS"
    assert report["models"][0]["budget"]["accepted"] == 2
    gate.branch("away")
    in_dvc(gate, table(altered(gate.base, better=52)), cached=False)
    gate.commit("not here")
    answer = gate.gate()
    assert answer.exit_code == 3
    assert f"dvc fetch --all-commits {PREDICTIONS}" in answer.stdout


def test_a_poisoned_cache_is_refused(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("rm", "--quiet", PREDICTIONS)
    text = table(altered(gate.base, worse=90))
    in_dvc(gate, text)
    digest = md5(text.encode()).hexdigest()
    better_text = table(altered(gate.base, better=50))
    gate.write({f".dvc/cache/files/md5/{digest[:2]}/{digest[2:]}": better_text}).commit()
    answer = gate.gate()
    assert answer.exit_code == 1
    assert "not what its digest says" in answer.stdout


@pytest.mark.parametrize(
    ("rule", "place", "code"),
    [
        ("warn", "pull_request", 0),
        ("fail", "pull_request", 1),
        ("refuse", "promote", 1),
        ("warn", "promote", 0),
    ],
)
def test_what_undecided_means_at_a_place(tmp_path: Path, rule: str, place: str, code: int) -> None:
    gate = gated(tmp_path, more=f"    undecided: {{{place}: {rule}}}\n", number=40)
    better(gate, 2)
    assert gate.gate().exit_code == 3
    assert gate.gate("main", "HEAD", "--at", place).exit_code == code


@pytest.mark.parametrize(("place", "code"), [("pull_request", 0), ("promote", 1)])
def test_where_nothing_is_gated_a_pull_request_passes_and_a_promotion_does_not(
    tmp_path: Path, place: str, code: int
) -> None:
    gate = gated(tmp_path, gates="", number=40)
    better(gate, 2)
    assert gate.gate().exit_code == 3
    assert gate.gate("main", "HEAD", "--at", place).exit_code == code


@pytest.mark.parametrize(
    ("worse", "more", "level", "said"),
    [
        (150, "", "error", "FAIL churn::accuracy no worse by 0.02: -0.300 ["),
        (2, "", "warning", "UNDECIDED churn::accuracy"),
        (2, "    undecided: {pull_request: fail}\n", "error", "UNDECIDED churn::accuracy"),
    ],
)
def test_a_job_of_github_is_annotated_and_gets_a_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worse: int, more: str, level: str, said: str
) -> None:
    number = NUMBER if worse > 100 else 100
    gate = gated(tmp_path / "desk", more=more, number=number)
    gate.predict(altered(gate.base, worse=worse)).commit()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    answer = gate.gate("main", "HEAD", "--at", "pull_request")
    assert answer.exit_code == (1 if level == "error" else 0)
    (line,) = [line for line in answer.stdout.splitlines() if line.startswith("::")]
    assert line.startswith(f"::{level} title=mlgit gate%3A {said}")
    headings = [one for one in (tmp_path / "summary.md").read_text().splitlines() if one.startswith("#")]
    word = said.split()[0]
    assert headings[:2] == ["### mlgit gate", f"#### {word}: `main` → `HEAD`"]
    assert headings[2].startswith(f"##### `churn`: {word} (")
    assert len(headings) == 3
    assert "::" not in gate.gate("main", "HEAD", "--json").stdout


def test_the_json_is_what_its_schema_says_and_is_the_same_again(tmp_path: Path) -> None:
    gate = better(gated(tmp_path, number=NUMBER))
    one, other = gate.gate("main", "HEAD", "--json"), gate.gate("main", "HEAD", "--json")
    assert one == other
    Draft202012Validator(schema("gate-2")).validate(json.loads(one.stdout))


def test_one_model_alone_and_one_that_is_not_there(tmp_path: Path) -> None:
    gate = better(gated(tmp_path, number=NUMBER))
    assert gate.gate("main", "HEAD", "--model", "churn").exit_code == 0
    answer = gate.gate("main", "HEAD", "--model", "chrun")
    assert (answer.exit_code, "churn" in answer.stderr) == (2, True)
    assert gate.gate("main", "nowhere").exit_code == 2


def test_a_broken_base_is_an_error_of_its_file(tmp_path: Path) -> None:
    gate = gated(tmp_path, gate_of("accurcy", "{min: 0.5}"), number=20)
    gate.write({"mlgit.yaml": configuration()}).commit()
    answer = gate.gate()
    assert answer.exit_code == 2
    assert "mlgit.yaml:8" in answer.stderr
    assert "did you mean 'accuracy'?" in answer.stderr


@pytest.mark.parametrize(("verb", "exit_code"), [("gate", 3), ("compare", 0)])
def test_without_numpy_it_says_what_to_install(tmp_path: Path, verb: str, exit_code: int) -> None:
    gate = better(gated(tmp_path, number=NUMBER))
    script = "import sys; sys.modules['numpy'] = None; from mlgit.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", script, verb, "main", "HEAD"],
        cwd=gate.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == exit_code, done.stderr
    assert 'pip install "mlgit[data]"' in done.stdout


def test_the_explanation_tells_the_arithmetic(tmp_path: Path) -> None:
    gate = better(gated(tmp_path, number=NUMBER))
    shown = gate.gate("main", "HEAD", "--explain").stdout
    for words in (
        "0.05 / 32 = 0.00156 each",
        "by Newcombe 10 on 500 item(s)",
        "against a margin of 0.02",
        "evaluation 2 of 32",
    ):
        assert words in shown
    folded = gate.gate("main", "HEAD", "--format", "markdown", "--explain").stdout
    assert "<summary>How it was decided</summary>" in folded


def test_a_touched_file_changes_no_verdict(tmp_path: Path) -> None:
    """An index that was not refreshed says of every touched file that it may differ."""
    gate = gated(tmp_path, gate_of("accuracy", "{better_than: {margin: 0}}"), number=NUMBER)
    gate.write({"README.md": "words\n"}).commit()
    for path in gate.root.rglob("*.*"):
        if path.is_file() and ".git" not in path.relative_to(gate.root).parts[:1]:
            os.utime(path, (1, 1))
    answer = gate.gate("main")
    assert answer.exit_code == 0, answer.stdout
    assert "not trained again" not in answer.stdout
