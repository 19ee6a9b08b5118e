"""What a head might do to get a PASS it does not deserve. None of it gets one, and the reason is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import pytest

from tests.cli.gate_repository import (
    GATES,
    PREDICTIONS,
    GateSandbox,
    Row,
    altered,
    configuration,
    gated,
    rows,
    table,
)

NUMBER = 600
WORSE = 90
BETTER = 60
LOOSE = """\
    gates:
      - accuracy: {no_worse_than: {margin: 0.9}}
"""
SLICED = """\
    gates:
      - accuracy: {no_worse_than: {margin: 0.02}}
      - accuracy: {where: {country: AT}, min_n: 30, min: 0.7}
"""
LATENCY = """\
    gates:
      - latency_ms: {mode: point, max: 20}
      - accuracy: {no_worse_than: {margin: 0.02}}
"""

Scenario = Callable[[GateSandbox], object]


def good(gate: GateSandbox) -> list[Row]:
    """Predictions that pass when nothing else is wrong."""
    return altered(gate.base, better=BETTER, worse=2)


def bad(gate: GateSandbox) -> list[Row]:
    """Predictions of a model that is clearly worse."""
    return altered(gate.base, worse=WORSE)


def lines(gate: GateSandbox, change: Callable[[list[Row]], list[Row]]) -> None:
    gate.predict(change(good(gate)))


def with_bad(gates: str, more: str = "") -> Scenario:
    def act(gate: GateSandbox) -> None:
        gate.predict(bad(gate)).write({"mlgit.yaml": configuration(gates, more)})

    return act


def with_good(path: str, text: str) -> Scenario:
    def act(gate: GateSandbox) -> None:
        gate.predict(good(gate)).write({path: text})

    return act


def set_field(place: int, **fields: str) -> Callable[[list[Row]], list[Row]]:
    def change(items: list[Row]) -> list[Row]:
        return [replace(row, **fields) if at == place else row for at, row in enumerate(items)]

    return change


def drop_errors(items: list[Row]) -> list[Row]:
    return [row for row in items if row.label == row.prediction]


def labels_after_predictions(items: list[Row]) -> list[Row]:
    return [replace(row, label=row.prediction) for row in items]


def copied_labels(items: list[Row]) -> list[Row]:
    return [replace(row, prediction=row.label, score="1" if row.label == "1" else "0") for row in items]


def scores_of_labels(items: list[Row]) -> list[Row]:
    return [replace(row, score="0.99" if row.label == "1" else "0.01") for row in items]


def raw(text: Callable[[str], bytes]) -> Scenario:
    def act(gate: GateSandbox) -> None:
        gate.write({PREDICTIONS: text(table(good(gate)))})

    return act


def other_columns(header: str) -> Scenario:
    def act(gate: GateSandbox) -> None:
        body = table(good(gate)).partition("\n")[2]
        gate.write({PREDICTIONS: f"{header}\n{body}"})

    return act


def renew_the_split(gate: GateSandbox) -> None:
    items = [replace(row, id=f"n{row.id}") for row in good(gate)]
    gate.predict(items).write({"splits/customers.csv": "id\n" + "".join(f"{row.id}\n" for row in items)})


def shrink_the_split(gate: GateSandbox) -> None:
    kept = drop_errors(good(gate))
    gate.predict(kept).write({"splits/customers.csv": "id\n" + "".join(f"{row.id}\n" for row in kept)})


def redirect(gate: GateSandbox) -> None:
    """The bad model's predictions stay where the base looks; the good ones lie where the head's mlgit.yaml points."""
    text = configuration().replace(PREDICTIONS, "predictions/nice.csv")
    gate.write({"mlgit.yaml": text, "predictions/nice.csv": table(good(gate))}).predict(bad(gate))


def redirect_only(gate: GateSandbox) -> None:
    """A worse model is kept out of sight: the old predictions stay where the base looks."""
    text = configuration().replace(PREDICTIONS, "predictions/nice.csv")
    gate.write({"mlgit.yaml": text, "predictions/nice.csv": table(bad(gate))})


def move_away(gate: GateSandbox) -> None:
    redirect(gate)
    (gate.root / PREDICTIONS).unlink()


def rename_the_model(gate: GateSandbox) -> None:
    gate.predict(bad(gate)).write({"mlgit.yaml": configuration(LOOSE).replace("churn:", "churn2:")})


def delete_predictions(gate: GateSandbox) -> None:
    (gate.root / PREDICTIONS).unlink()
    gate.write({"metrics/test.json": '{"accuracy": 0.99}\n'})


def link_to_another_file(gate: GateSandbox) -> None:
    (gate.root / PREDICTIONS).unlink()
    gate.write({"predictions/other.csv": table(good(gate))})
    (gate.root / PREDICTIONS).symlink_to("other.csv")


def lock_of(digest: str) -> str:
    outs = f"    - path: {PREDICTIONS}\n      hash: md5\n      md5: '{digest}'\n      size: 1\n"
    return f"schema: '2.0'\nstages:\n  evaluate:\n    cmd: python evaluate.py\n    outs:\n{outs}"


def pipeline() -> str:
    out = f"    - {PREDICTIONS}: {{cache: false}}\n"
    return f"stages:\n  evaluate:\n    cmd: python evaluate.py\n    outs:\n{out}"


def edited_after_the_run(gate: GateSandbox) -> None:
    gate.predict(good(gate)).write({"dvc.lock": lock_of("0" * 32), "dvc.yaml": pipeline()})


def broken_lock(gate: GateSandbox) -> None:
    gate.predict(good(gate)).write(
        {"dvc.lock": lock_of("0" * 32).replace("outs:", "outs"), "dvc.yaml": pipeline()}
    )


def aggregates_only(gate: GateSandbox) -> None:
    delete_predictions(gate)
    gate.write(
        {"mlgit.yaml": configuration(LOOSE.replace("{no_worse", "{mode: point, no_worse"))},
    )


def baseline_replaced_first(gate: GateSandbox) -> None:
    """Two commits: the baseline is made worse in the first, so that the second looks like progress."""
    gate.predict(bad(gate)).commit("new baseline")
    gate.predict(altered(bad(gate), better=10))


def with_pipeline(gate: GateSandbox, files: dict[str, str]) -> GateSandbox:
    """Main gets a pipeline that writes predictions and metrics, Git keeps both; a branch of it is checked out."""
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"dvc.yaml": written_pipeline(), "params.yaml": "depth: 3\n", **files})
    gate.write({"dvc.lock": recorded(gate)}).commit("with a pipeline")
    return gate.branch("piped")


def written_pipeline() -> str:
    return pipeline().replace(
        "    outs:", "    params: [depth]\n    metrics:\n    - metrics/test.json: {cache: false}\n    outs:"
    )


def recorded(gate: GateSandbox, depth: int = 3) -> str:
    """The dvc.lock of a run that wrote what lies there now."""
    outs = "".join(
        f"    - path: {path}\n      hash: md5\n      md5: {md5((gate.root / path).read_bytes()).hexdigest()}\n      size: 1\n"
        for path in ("metrics/test.json", PREDICTIONS)
    )
    params = f"    params:\n      params.yaml:\n        depth: {depth}\n"
    return f"schema: '2.0'\nstages:\n  evaluate:\n    cmd: python evaluate.py\n{params}    outs:\n{outs}"


def almost_perfect(gate: GateSandbox, declaration: str | None) -> None:
    """Predictions nobody computed, recorded in dvc.lock, behind a pipeline that no longer writes them."""
    gate.predict(altered(gate.base, better=80))
    gate.write({"dvc.lock": recorded(gate)})
    if declaration is None:
        (gate.root / "dvc.yaml").unlink()
    else:
        gate.write({"dvc.yaml": declaration})
    gate.commit()


SCENARIOS: dict[str, tuple[Scenario, str]] = {
    "gates loosened": (with_bad(LOOSE), "changes gates"),
    "gates loosened beside a good model": (
        lambda gate: gate.predict(good(gate)).write({"mlgit.yaml": configuration(LOOSE)}),
        "changes gates",
    ),
    "gates loosened alone": (
        lambda gate: gate.write({"mlgit.yaml": configuration(LOOSE)}),
        "changes gates",
    ),
    "gates removed": (with_bad(""), "changes gates"),
    "a gate made a point": (
        with_bad(GATES.replace("{no_worse", "{mode: point, no_worse")),
        "changes gates",
    ),
    "confidence lowered": (with_bad(GATES, "    confidence: 0.51\n"), "changes confidence"),
    "min_n raised": (with_bad(GATES.replace("{no_worse", "{min_n: 99999, no_worse")), "changes gates"),
    "a slice emptied": (
        with_bad(GATES.replace("{no_worse", "{where: {country: XX}, no_worse")),
        "changes gates",
    ),
    "directions flipped": (with_bad(GATES, "    directions: {accuracy: lower}\n"), "is broken"),
    "directions changed": (with_bad(GATES, "    directions: {speed: lower}\n"), "changes directions"),
    "the positive class swapped": (with_bad(GATES, "    positive: '0'\n"), "changes positive"),
    "the steps of the test set raised": (
        with_bad(GATES, "    test_set: {steps: 9999}\n"),
        "changes test_set",
    ),
    "UNDECIDED made harmless": (
        with_bad(GATES, "    undecided: {promote: warn}\n"),
        "changes undecided",
    ),
    "mlgit.yaml emptied": (with_good("mlgit.yaml", "version: 1\n"), "no longer names churn"),
    "mlgit.yaml broken": (with_good("mlgit.yaml", "version: 1\nmodels: [\n"), "is broken"),
    "mlgit.yaml gone": (lambda gate: (gate.root / "mlgit.yaml").unlink(), "mlgit.yaml is gone"),
    "the model renamed": (rename_the_model, "no longer names churn"),
    "predictions redirected": (redirect, "changes predictions"),
    "worse predictions out of sight": (redirect_only, "changes predictions"),
    "predictions moved away": (move_away, "there is no predictions/test.csv"),
    "predictions deleted": (delete_predictions, "there is no predictions/test.csv"),
    "predictions deleted, gates about aggregates": (aggregates_only, "there is no predictions/test.csv"),
    "a link instead of predictions": (link_to_another_file, "is a link"),
    "predictions edited after their stage ran": (edited_after_the_run, "not what its stage wrote"),
    "a lock file that nobody can read": (broken_lock, "cannot be read"),
    "the items it gets wrong left out": (
        lambda gate: lines(gate, drop_errors),
        "have no row",
    ),
    "one hard item left out": (lambda gate: lines(gate, lambda items: items[1:]), "have no row: c0"),
    "easy items added": (
        lambda gate: lines(gate, lambda items: [*items, *(replace(items[3], id=f"x{at}") for at in range(50))]),
        "not among the base's",
    ),
    "right items twice": (
        lambda gate: lines(gate, lambda items: [*items, *drop_errors(items)[:40]]),
        "occur more than once",
    ),
    "an id padded with blanks": (lambda gate: lines(gate, set_field(0, id=" c0 ")), "have no row: c0"),
    "an id with a character that is not seen": (
        lambda gate: lines(gate, set_field(0, id="c0\u200b")),
        "have no row: c0",
    ),
    "an id of look-alike letters": (lambda gate: lines(gate, set_field(0, id="\u04410")), "have no row: c0"),
    "one label edited": (
        lambda gate: lines(gate, lambda items: [replace(items[0], label="1" if items[0].label == "0" else "0"), *items[1:]]),
        "label(s) differ",
    ),
    "labels made to fit": (lambda gate: lines(gate, labels_after_predictions), "label(s) differ"),
    "labels and predictions swapped in meaning": (
        other_columns("id,prediction,label,score,country"),
        "label(s) differ",
    ),
    "NaN as a score": (lambda gate: lines(gate, set_field(7, score="nan")), "no finite number: c7"),
    "an infinite score": (lambda gate: lines(gate, set_field(7, score="1e999")), "no finite number: c7"),
    "no score": (lambda gate: lines(gate, set_field(7, score="")), "no finite number: c7"),
    "words as a score": (lambda gate: lines(gate, set_field(7, score="high")), "no finite number: c7"),
    "a score out of range": (lambda gate: lines(gate, set_field(7, score="7.5")), "outside of 0 to 1"),
    "no prediction": (lambda gate: lines(gate, set_field(7, prediction="")), "have no predictions: c7"),
    "predictions copied from the labels": (lambda gate: lines(gate, copied_labels), "were they copied"),
    "scores copied from the labels": (lambda gate: lines(gate, scores_of_labels), "were they copied"),
    "the column of scores left out": (other_columns("id,label,prediction,other,country"), "score"),
    "the column of predictions left out": (other_columns("id,label,other,score,country"), "prediction"),
    "two columns of scores": (other_columns("id,label,score,score,country"), "stands twice"),
    "a column name with a blank": (other_columns("id,label,prediction,score ,country"), "blanks"),
    "a short line": (raw(lambda text: text.replace(",DE", "", 1).encode()), "value(s)"),
    "another encoding": (raw(lambda text: text.encode("utf-16")), "not UTF-8"),
    "a zero byte": (raw(lambda text: text.replace("c0,", "c0\0,", 1).encode()), "zero byte"),
    "a carriage return inside": (raw(lambda text: text.replace("c1,", "\rc1,", 1).encode()), "carriage return"),
    "no rows": (raw(lambda text: text.partition("\n")[0].encode() + b"\n"), "no rows"),
    "an empty file": (raw(lambda _: b""), "empty"),
    "a cell of a megabyte": (raw(lambda text: text.replace("c5,", "c" * 1_000_000 + ",", 1).encode()), "longer"),
    "the workflow edited": (
        with_good(".github/workflows/mlgit-ci.yml", "name: nothing\n"),
        "changes the workflows",
    ),
    "the mlgit that the jobs install exchanged": (
        with_good(".mlgit/install/mlgit.txt", "other\n"),
        "changes the workflows",
    ),
    "the split renewed in the same change": (renew_the_split, "have no row"),
    "the split shrunk to what it gets right": (shrink_the_split, "have no row"),
    "a split edited beside a good model": (
        with_good("splits/customers.csv", "id\nc1\n"),
        "changes the test set",
    ),
    "the baseline replaced first": (baseline_replaced_first, ""),
}  # fmt: skip


def test_an_honest_and_better_head_passes(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.predict(good(gate)).commit()
    report = gate.judged()
    assert report["verdict"] == "PASS", json.dumps(report, indent=1)


def test_a_worse_head_fails(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.predict(bad(gate)).commit()
    assert gate.judged()["verdict"] == "FAIL"


@pytest.mark.parametrize("name", SCENARIOS)
def test_tampering_gets_no_pass(tmp_path: Path, name: str) -> None:
    act, reason = SCENARIOS[name]
    gate = gated(tmp_path, number=NUMBER)
    act(gate)
    gate.commit()
    report = gate.judged()
    assert report["verdict"] in ("FAIL", "UNDECIDED"), json.dumps(report, indent=1)
    shown = gate.gate().stdout
    assert reason in shown, shown


def test_what_is_wrong_with_the_predictions_is_a_fail_with_the_rows_named(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.predict(set_field(7, score="nan")(good(gate))[2:]).commit()
    (model,) = gate.judged()["models"]
    found = {error["kind"]: error["rows"] for error in model["errors"]}
    assert model["verdict"] == "FAIL"
    assert found["missing"] == ["c0", "c1"]
    assert found["not-finite"] == ["c7"]


@pytest.mark.parametrize("change", ["not finite", "missing"])
def test_what_is_wrong_with_a_score_is_told_once(tmp_path: Path, change: str) -> None:
    gate = gated(tmp_path, number=NUMBER)
    if change == "missing":
        other_columns("id,label,prediction,other,country")(gate)
    else:
        gate.predict(set_field(7, score="nan")(good(gate)))
    gate.commit()
    (error,) = gate.judged()["models"][0]["errors"]
    assert "score " in error["message"]
    assert "scores" not in error["message"]


def test_a_renamed_model_cannot_bring_gates_of_its_own(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    rename_the_model(gate)
    gate.commit()
    states = {model["name"]: (model["verdict"], model["state"]) for model in gate.judged()["models"]}
    assert (
        states == {"churn": ("FAIL", "broken"), "churn2": ("UNDECIDED", "new")}
        or states["churn"][0] == "FAIL"
    )
    assert states["churn2"] == ("UNDECIDED", "new")


def test_the_slice_and_the_latency_of_the_base_count(tmp_path: Path) -> None:
    gate = gated(tmp_path / "slice", SLICED, number=NUMBER)
    moved = [replace(row, country="AT") for row in good(gate)]
    gate.predict(moved).write({"mlgit.yaml": configuration(GATES)}).commit()
    (model,) = gate.judged()["models"]
    assert [finding["items"] for finding in model["findings"]] == [NUMBER, NUMBER // 4]
    fast = gated(tmp_path / "latency", LATENCY, number=NUMBER)
    fast.predict(good(fast)).write({"metrics/test.json": '{"accuracy": 0.9}\n'}).commit()
    (model,) = fast.judged()["models"]
    assert (model["verdict"], model["findings"][-1]["verdict"]) == ("FAIL", "FAIL")


@pytest.mark.parametrize("value", ["NaN", '"fast"', "null", "true", "25"])
def test_a_number_that_is_none_or_too_large_fails(tmp_path: Path, value: str) -> None:
    gate = gated(tmp_path, LATENCY, number=NUMBER)
    gate.predict(good(gate)).write({"metrics/test.json": f'{{"latency_ms": {value}}}\n'}).commit()
    assert gate.judged()["verdict"] == "FAIL"


def test_a_branch_from_before_the_gates_is_told_to_catch_up(tmp_path: Path) -> None:
    gate = gated(tmp_path, LOOSE, number=NUMBER)
    gate.predict(bad(gate)).commit("worse, by the loose gates of old")
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"mlgit.yaml": configuration()}).commit("tighten")
    gate.sandbox.git("switch", "--quiet", "deeper")
    report = gate.judged()
    assert report["verdict"] == "UNDECIDED"
    assert report["models"][0]["warnings"][0]["kind"] == "behind"


def test_a_history_of_its_own_is_no_base(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "--orphan", "elsewhere")
    gate.write({"mlgit.yaml": configuration(LOOSE)}).predict(bad(gate)).commit()
    answer = gate.gate()
    assert answer.exit_code == 2
    assert "no commit in common" in answer.stderr


def test_a_lock_that_no_longer_vouches_for_the_predictions_is_told(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    digest = md5((gate.root / PREDICTIONS).read_bytes()).hexdigest()
    gate.write({"dvc.lock": lock_of(digest), "dvc.yaml": pipeline()}).commit("with a pipeline")
    gate.branch("vouched").predict(good(gate))
    gate.write({"dvc.lock": lock_of(md5((gate.root / PREDICTIONS).read_bytes()).hexdigest())}).commit()
    assert gate.judged()["verdict"] == "PASS"
    (gate.root / "dvc.lock").unlink()
    gate.commit()
    report = gate.judged()
    assert report["verdict"] == "UNDECIDED"
    assert [warning["kind"] for warning in report["models"][0]["warnings"]] == ["not-trained", "unrecorded"]


def test_the_working_tree_is_judged_like_a_commit(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.predict(good(gate)[1:])
    assert gate.judged("main")["verdict"] == "FAIL"
    gate.predict(good(gate))
    assert gate.judged("main")["verdict"] == "PASS"
    gate.write({"mlgit.yaml": configuration(LOOSE)})
    assert gate.judged("main")["verdict"] == "UNDECIDED"


OTHER_STAGE = "stages:\n  other:\n    cmd: python other.py\n    outs: [other.txt]\n"
GONE = {
    "emptied": ("", "no stage of the head writes it any more"),
    "without stages": ("stages: {}\n", "no stage of the head writes it any more"),
    "another stage": (OTHER_STAGE, "no stage of the head writes it any more"),
    "deleted": (None, "no stage of the head writes it any more"),
    "broken": ("stages: [\n", "dvc.yaml"),
}


@pytest.mark.parametrize("gates", [GATES, LATENCY], ids=["predictions", "latency too"])
@pytest.mark.parametrize("change", GONE)
def test_predictions_that_no_stage_writes_get_no_pass(tmp_path: Path, change: str, gates: str) -> None:
    declaration, reason = GONE[change]
    gate = with_pipeline(gated(tmp_path, gates, number=NUMBER), {})
    almost_perfect(gate, declaration)
    report = gate.judged()
    assert report["verdict"] == ("UNDECIDED" if change == "broken" else "FAIL"), json.dumps(report, indent=1)
    assert reason in gate.gate().stdout
    checked = gate.sandbox.mlgit("check", "model")
    if change == "another stage":
        assert "stages are out of date" in checked.stdout
    else:
        assert "pipeline of churn" in checked.stdout
        assert "dvc.yaml" in checked.stdout
    assert checked.exit_code == 1


def test_metrics_that_no_stage_writes_fail_although_no_prediction_changed(tmp_path: Path) -> None:
    point = "    gates:\n      - latency_ms: {mode: point, max: 20}\n"
    for number, gates in enumerate((LATENCY, point)):
        gate = with_pipeline(gated(tmp_path / str(number), gates, number=NUMBER), {})
        gate.write({"metrics/test.json": '{"accuracy": 0.9, "latency_ms": 1}\n', "dvc.yaml": pipeline()})
        gate.commit()
        (model,) = gate.judged()["models"]
        assert next(error["kind"] for error in model["errors"]) == "unwritten", model


def test_a_stage_whose_outputs_cannot_be_told_gets_no_pass(tmp_path: Path) -> None:
    gate = with_pipeline(gated(tmp_path, number=NUMBER), {})
    almost_perfect(gate, written_pipeline().replace(PREDICTIONS, "${somewhere}/test.csv"))
    (model,) = gate.judged()["models"]
    assert (model["verdict"], [one["kind"] for one in model["warnings"]]) == (
        "UNDECIDED",
        ["pipeline", "not-told"],
    )


@pytest.mark.parametrize("folder", [False, True])
def test_predictions_that_git_keeps_are_gone_when_they_are_deleted(tmp_path: Path, *, folder: bool) -> None:
    gate = with_pipeline(gated(tmp_path, number=NUMBER), {})
    (gate.root / PREDICTIONS).unlink()
    if folder:
        gate.write({f"{PREDICTIONS}/inner.csv": table(gate.base)})
    gate.commit()
    answer = gate.gate()
    assert answer.exit_code == 1, answer.stdout
    assert f"there is no {PREDICTIONS} at the head; mlgit train" in answer.stdout
    assert "dvc fetch" not in answer.stdout


SEEDS = """\
    gates:
      - accuracy: {seeds: [metrics/test.json, metrics/other.json], min: 0.1}
"""


@pytest.mark.parametrize("gates", [LATENCY, SEEDS], ids=["point", "seeds"])
@pytest.mark.parametrize("folder", [False, True])
def test_metrics_that_git_keeps_are_gone_when_they_are_deleted(
    tmp_path: Path, gates: str, *, folder: bool
) -> None:
    gate = with_pipeline(
        gated(tmp_path, gates, number=NUMBER), {"metrics/other.json": '{"accuracy": 0.851}\n'}
    )
    (gate.root / "metrics/test.json").unlink()
    if folder:
        gate.write({"metrics/test.json/inner.json": '{"accuracy": 0.9, "latency_ms": 1}\n'})
    gate.commit()
    answer = gate.gate()
    assert answer.exit_code == 1, answer.stdout
    assert "there is no metrics/test.json" in answer.stdout
    assert "dvc fetch" not in answer.stdout


@pytest.mark.parametrize("gates", [LATENCY, SEEDS], ids=["point", "seeds"])
@pytest.mark.parametrize("predicted", [False, True])
def test_metrics_edited_by_hand_fail_as_predictions_do(
    tmp_path: Path, gates: str, *, predicted: bool
) -> None:
    gate = with_pipeline(
        gated(tmp_path, gates, number=NUMBER), {"metrics/other.json": '{"accuracy": 0.851}\n'}
    )
    gate.write({"metrics/test.json": '{"accuracy": 0.99, "latency_ms": 1.0}\n'})
    if predicted:
        gate.predict(good(gate))
        gate.write({"dvc.lock": recorded(gate)})
        gate.write({"metrics/test.json": '{"accuracy": 0.999, "latency_ms": 0.1}\n'})
    gate.commit()
    (model,) = gate.judged()["models"]
    assert (model["verdict"], [error["kind"] for error in model["errors"]]) == ("FAIL", ["edited"])
    assert "head: metrics/test.json is not what its stage wrote" in gate.gate().stdout
    gate.write({"dvc.lock": recorded(gate)}).commit()
    # What a stage wrote is no error any more; of seeds alone nothing passes.
    (model,) = gate.judged()["models"]
    assert (model["verdict"], model["errors"]) == ("PASS" if gates == LATENCY else "UNDECIDED", [])


def test_metrics_that_differ_at_the_base_already_do_not_fail_a_head_that_leaves_them(tmp_path: Path) -> None:
    gate = with_pipeline(gated(tmp_path, LATENCY, number=NUMBER), {})
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"metrics/test.json": '{"accuracy": 0.9, "latency_ms": 13.0}\n'}).commit("edited")
    gate.branch("words").write({"README.md": "more\n"}).commit()
    assert gate.judged()["verdict"] == "PASS"


STALE = "it was not trained again: evaluate is stale (depth 3 -> 9)"


def test_a_model_that_was_not_trained_again_gets_no_pass(tmp_path: Path) -> None:
    gate = with_pipeline(gated(tmp_path, LATENCY, number=NUMBER), {})
    gate.write({"README.md": "words\n"}).commit()
    (model,) = gate.judged()["models"]
    assert (model["verdict"], model["reason"]) == (
        "PASS",
        "nothing of this model changed, so nothing is asked of it",
    )
    gate.write({"params.yaml": "depth: 3  # three levels\n"}).commit()
    (model,) = gate.judged()["models"]
    assert (model["verdict"], model["reason"]) == (
        "PASS",
        "its predictions did not change, so nothing is asked of it",
    )
    gate.write({"params.yaml": "depth: 9\n"})
    assert STALE in gate.gate("main").stdout
    gate.commit()
    (model,) = gate.judged()["models"]
    assert model["verdict"] == "UNDECIDED"
    assert [(one["message"], one["hint"]) for one in model["warnings"]] == [(STALE, "mlgit train")]
    gate.write({"dvc.lock": recorded(gate) + "# touched\n"}).commit()
    assert [one["kind"] for one in gate.judged()["models"][0]["warnings"]] == ["not-trained"]
    gate.write({"dvc.lock": recorded(gate, depth=9)}).commit()
    assert gate.judged()["verdict"] == "PASS"


def test_code_and_data_that_changed_without_a_training_get_no_pass(tmp_path: Path) -> None:
    gate = gated(tmp_path, LATENCY, number=NUMBER)
    digest, other = "a" * 32, "b" * 32
    code = "print()\n"
    deps = "".join(
        f"    - path: {path}\n      hash: md5\n      md5: {one}\n      size: 8\n"
        for path, one in (("evaluate.py", md5(code.encode()).hexdigest()), ("data/rows.csv", digest))
    )
    pointer = "outs:\n- md5: {}\n  size: 8\n  hash: md5\n  path: rows.csv\n"
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write(
        {"evaluate.py": code, "data/rows.csv.dvc": pointer.format(digest), "params.yaml": "depth: 3\n"}
    )
    declared = written_pipeline().replace(
        "    params:", "    deps: [evaluate.py, data/rows.csv]\n    params:"
    )
    lock = recorded(gate).replace("    params:", f"    deps:\n{deps}    params:")
    gate.write({"dvc.yaml": declared, "dvc.lock": lock}).commit("with a pipeline")
    gate.branch("code").write({"evaluate.py": "print(1)\n"}).commit()
    assert "evaluate is stale (evaluate.py: content changed)" in gate.gate().stdout
    gate.branch("data").write({"data/rows.csv.dvc": pointer.format(other)}).commit()
    assert "evaluate is stale (data/rows.csv: content changed)" in gate.gate().stdout
    gate.branch("command").write({"dvc.yaml": declared.replace("evaluate.py\n", "evaluate.py -q\n")}).commit()
    assert "evaluate is stale (command changed)" in gate.gate().stdout
    assert gate.judged()["verdict"] == "UNDECIDED"


def test_an_entrant_that_was_not_trained_again_is_not_ranked(tmp_path: Path) -> None:
    gate = with_pipeline(gated(tmp_path, LATENCY, number=NUMBER), {})
    gate.write({"params.yaml": "depth: 9\n"}).predict(good(gate)).commit()
    answer = gate.sandbox.mlgit("compare", "main", "HEAD", "--leaderboard", "--metric", "accuracy", "--json")
    (board,) = json.loads(answer.stdout)
    assert [(one["name"], one["rank"]) for one in board["entrants"]] == [("main", 1), ("HEAD", None)]
    assert board["entrants"][1]["reason"] == STALE


def test_a_base_that_was_stale_already_is_not_the_heads_doing(tmp_path: Path) -> None:
    gate = with_pipeline(gated(tmp_path, number=NUMBER), {})
    gate.sandbox.git("switch", "--quiet", "main")
    gate.write({"params.yaml": "depth: 9\n"}).commit("not trained")
    gate.branch("later").write({"params.yaml": "depth: 9\nother: 1\n"}).commit()
    (model,) = gate.judged()["models"]
    assert (model["verdict"], model["warnings"]) == ("PASS", [])


def test_the_number_of_scenarios() -> None:
    assert len(SCENARIOS) >= 30
    assert len(rows(3)) == 3
