"""The budget of a test set: counted from history and from the ledger, by many at once, and not to be turned back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import pytest

from tests.cli.compare_repository import Sandbox
from tests.cli.gate_repository import GATES, GateSandbox, Row, altered, gated, rows, table
from tests.driver import Person

NUMBER = 400
LEDGER = "refs/mlgit/ledger"
FEW = "    test_set: {steps: 3}\n"


def accept(gate: GateSandbox, name: str, better: int) -> None:
    """A branch whose predictions are merged."""
    gate.branch(name).predict(altered(gate.base, better=better)).commit(name)
    gate.merge(name)


def proposal(gate: GateSandbox, name: str, better: int) -> None:
    gate.branch(name).predict(altered(gate.base, better=better)).commit(name)


def budget(gate: GateSandbox, *arguments: str) -> dict[str, object]:
    found: dict[str, object] = gate.judged(*(arguments or ("main", "HEAD")))["models"][0]["budget"]
    return found


def used(gate: GateSandbox, *arguments: str) -> object:
    return budget(gate, *arguments)["used"]


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def ledger_lines(folder: Path) -> list[str]:
    return git(folder, "ls-tree", "-r", "--name-only", LEDGER).split()


def test_each_accepted_set_of_predictions_is_a_step(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    for number in (10, 20, 30):
        accept(gate, f"b{number}", number)
    gate.sandbox.git("commit", "--allow-empty", "--quiet", "--message", "nothing of the model")
    proposal(gate, "next", 40)
    found = budget(gate)
    assert (found["used"], found["accepted"], found["recorded"]) == (4, 4, None)
    assert "evaluation 5 of 32" in gate.gate().stdout


def test_the_same_predictions_come_back_for_nothing(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    accept(gate, "one", 10)
    accept(gate, "two", 20)
    proposal(gate, "again", 10)
    found = budget(gate)
    assert (found["used"], found["seen_before"]) == (2, True)


def test_a_spent_test_set_passes_nobody_and_says_what_to_do(tmp_path: Path) -> None:
    gate = gated(tmp_path, more=FEW, number=NUMBER)
    accept(gate, "one", 10)
    proposal(gate, "last", 58)
    assert gate.judged()["verdict"] == "PASS"
    gate.merge("last")
    proposal(gate, "late", 60)
    answer = gate.gate("main", "HEAD", "--explain")
    assert answer.exit_code == 3
    assert "the test set is spent: it was meant for 3 evaluations, and 3 are used" in answer.stdout
    assert "test set spent (meant for 3 evaluations, 3 used)" in answer.stdout
    assert "this is evaluation 4 beyond the 3 planned" in answer.stdout
    assert "mlgit data split TABLE --renew" in answer.stdout


def test_a_new_test_set_starts_at_its_first_step(tmp_path: Path) -> None:
    gate = gated(tmp_path, more=FEW, number=NUMBER)
    accept(gate, "one", 10)
    gate.sandbox.git("switch", "--quiet", "main")
    fresh = rows(2 * NUMBER)[NUMBER:]
    gate.predict(fresh).commit("a new test set")
    gate.branch("after").predict(altered(fresh, better=55)).commit()
    assert used(gate) == 1


def renamed(items: list[Row]) -> list[Row]:
    return [replace(row, id=f"new-{row.id}") for row in items]


def grown(items: list[Row]) -> list[Row]:
    return [*items, *rows(2 * NUMBER)[NUMBER:]]


def shrunk(items: list[Row]) -> list[Row]:
    return items[1:]


def retyped(items: list[Row]) -> list[Row]:
    return [replace(row, label=f"{row.label}.0") for row in renamed(items)]


def grown_and_renamed(items: list[Row]) -> list[Row]:
    return renamed(grown(items))


@pytest.mark.parametrize("change", [renamed, grown, shrunk, retyped, grown_and_renamed])
def test_a_test_set_that_grew_or_was_renamed_keeps_its_count(
    tmp_path: Path, change: Callable[[list[Row]], list[Row]]
) -> None:
    """What was learned from its rows is known still; what the ledger holds of it counts too."""
    gate = gated(tmp_path, number=NUMBER)
    accept(gate, "one", 10)
    proposal(gate, "try", 20)
    gate.gate("main", "HEAD", "--record")
    gate.sandbox.git("switch", "--quiet", "main")
    gate.predict(change(gate.base)).commit("another test set, it says")
    gate.branch("after").predict(altered(change(gate.base), better=55)).commit()
    assert used(gate) == 4


def test_the_order_of_rows_and_the_spelling_of_labels_make_no_new_test_set(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    text = "id,label,prediction,score,country\n" + "".join(
        f"{row.id},{row.label}.0,{row.prediction},{row.score},{row.country}\n" for row in reversed(gate.base)
    )
    gate.write({"predictions/test.csv": text}).commit("another spelling")
    proposal(gate, "next", 40)
    assert used(gate) == 2


def test_predictions_that_moved_are_still_counted(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    accept(gate, "one", 10)
    accept(gate, "two", 20)
    config = (gate.root / "mlgit.yaml").read_text().replace("predictions/test.csv", "out/p.csv")
    gate.sandbox.git("rm", "--quiet", "predictions/test.csv")
    gate.write({"mlgit.yaml": config, "out/p.csv": gate.sandbox.git("show", "HEAD:predictions/test.csv")})
    gate.commit("move")
    gate.branch("next").write({"out/p.csv": gate.sandbox.git("show", "one:predictions/test.csv")}).commit()
    assert used(gate) == 2
    assert budget(gate)["accepted"] == 3


@pytest.mark.parametrize(
    "spelt", ['"my out/p.csv"', "my out/p.csv", "'my out/p.csv' # a comment", '>-\n      my out/p.csv', '"my\\u0020out/p.csv"']
)  # fmt: skip
def test_a_place_is_found_in_old_settings_however_it_is_written(tmp_path: Path, spelt: str) -> None:
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    config = (gate.root / "mlgit.yaml").read_text()
    gate.write({"mlgit.yaml": config.replace("predictions/test.csv", spelt)}).commit("a place with a blank")
    for better in (5, 10):
        gate.write({"my out/p.csv": table(altered(gate.base, better=better))}).commit()
    gate.write({"mlgit.yaml": config}).predict(altered(gate.base, better=15)).commit("and back")
    proposal(gate, "next", 40)
    assert used(gate) == 4


@pytest.mark.parametrize("way", ["replace", "grafts"])
def test_history_that_one_clone_rewrites_for_itself_counts_in_full(tmp_path: Path, way: str) -> None:
    gate = gated(tmp_path, number=NUMBER)
    for number in (10, 20):
        accept(gate, f"b{number}", number)
    proposal(gate, "next", 40)
    if way == "replace":
        gate.sandbox.git("replace", "--graft", "main")
    else:
        (gate.root / ".git/info").mkdir(exist_ok=True)
        (gate.root / ".git/info/grafts").write_text(gate.sandbox.git("rev-parse", "main").strip() + "\n")
    assert gate.sandbox.git("rev-list", "--count", "main").strip() == "1"
    assert used(gate) == 3


def kept(gate: GateSandbox, items: list[Row], *, folder: bool, wdir: str) -> None:
    """Commit a dvc.lock of predictions that DVC's cache holds, as a file or in a folder."""
    content = table(items).encode()
    listed = json.dumps([{"md5": md5(content).hexdigest(), "relpath": "test.csv"}]).encode()
    digest, place = md5(content).hexdigest(), "predictions/test.csv"
    objects: dict[str, str | bytes] = {digest: content}
    if folder:
        digest, place = f"{md5(listed).hexdigest()}.dir", "predictions"
        objects[digest] = listed
    gate.write({f".dvc/cache/files/md5/{name[:2]}/{name[2:]}": one for name, one in objects.items()})
    outs, at = (f"{'../' if wdir else ''}{place}", f"    wdir: {wdir}\n" if wdir else "")
    out = f"    - path: {outs}\n      hash: md5\n      md5: {digest}\n      size: 1\n"
    stage = "stages:\n  evaluate:\n    cmd: python evaluate.py\n"
    gate.write(
        {
            ".dvc/config": "",
            ".dvc/.gitignore": "/cache\n",
            ".gitignore": "/predictions\n",
            "dvc.yaml": f"{stage}{at}    outs:\n    - {outs}\n",
            "dvc.lock": f"schema: '2.0'\n{stage}    outs:\n{out}",
        }
    )
    gate.commit("kept by DVC")


@pytest.mark.parametrize(("folder", "wdir"), [(False, ""), (True, ""), (False, "src"), (True, "src")])
@pytest.mark.parametrize("back", [False, True])
def test_what_dvc_keeps_is_counted_wherever_it_keeps_it(
    tmp_path: Path, folder: bool, wdir: str, back: bool
) -> None:
    """By itself, in a folder, from a stage with a directory of its own, and once Git keeps it again."""
    gate = gated(tmp_path, number=NUMBER)
    gate.sandbox.git("switch", "--quiet", "main")
    gate.sandbox.git("rm", "--quiet", "-r", "predictions")
    for better in (10, 20, 30):
        kept(gate, altered(gate.base, better=better), folder=folder, wdir=wdir)
    if back:
        shown = (tmp_path / "dvc.yaml").read_text().replace("csv\n", "csv: {cache: false}\n")
        shown = shown.replace("predictions\n", "predictions: {cache: false}\n")
        gate.write({".gitignore": "", "dvc.yaml": shown}).predict(altered(gate.base, better=30)).commit()
    gate.branch("next")
    if back:
        gate.predict(altered(gate.base, better=40)).commit()
    else:
        kept(gate, altered(gate.base, better=40), folder=folder, wdir=wdir)
    # The first one of all was in Git; of the third, which moved there, DVC's record is another name.
    assert used(gate) in ((4, 5) if back else (4,))


def test_what_was_judged_and_never_merged_counts_once_recorded(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    for number in (10, 20, 30):
        proposal(gate, f"try{number}", number)
        gate.gate("main", "HEAD", "--record")
        gate.gate("main", "HEAD", "--record")
    proposal(gate, "next", 40)
    found = budget(gate)
    assert (found["used"], found["accepted"], found["recorded"]) == (4, 1, 4)
    assert len(ledger_lines(gate.root)) == 4
    assert gate.sandbox.git("rev-list", "--count", LEDGER).strip() == "3"


def test_a_ledger_turned_back_takes_no_step_away(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    proposal(gate, "first", 5)
    gate.gate("main", "HEAD", "--record")
    old = gate.sandbox.git("rev-parse", LEDGER).strip()
    for number in (10, 20, 30):
        accept(gate, f"b{number}", number)
        gate.gate("main~1", "main", "--record")
    gate.sandbox.git("update-ref", LEDGER, old)
    proposal(gate, "next", 55)
    report = gate.judged()
    assert report["models"][0]["budget"]["used"] == 5
    assert report["verdict"] == "UNDECIDED"
    assert "ledger-gap" in [warning["kind"] for warning in report["models"][0]["warnings"]]


def test_a_ledger_that_lost_lines_fails(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    proposal(gate, "first", 5)
    gate.gate("main", "HEAD", "--record")
    tip = gate.sandbox.git("rev-parse", LEDGER).strip()
    empty = gate.sandbox.git("hash-object", "-w", "-t", "tree", "/dev/null").strip()
    gate.sandbox.git(
        "update-ref", LEDGER, gate.sandbox.git("commit-tree", empty, "-p", tip, "-m", "x").strip()
    )
    proposal(gate, "next", 55)
    assert gate.judged()["verdict"] == "FAIL"
    assert "takes lines away" in gate.gate().stdout


def clone_of(remote: Path, folder: Path) -> GateSandbox:
    subprocess.run(["git", "clone", "--quiet", str(remote), str(folder)], check=True, capture_output=True)
    return GateSandbox(Sandbox(folder), [])


def shared(tmp_path: Path, gate: GateSandbox) -> Path:
    remote = tmp_path / "remote.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True, capture_output=True)
    gate.sandbox.git("remote", "add", "origin", str(remote))
    gate.sandbox.git("push", "--quiet", "origin", "--all")
    return remote


def test_many_branches_write_the_ledger_at_once(tmp_path: Path) -> None:
    gate = gated(tmp_path / "r", number=60)
    names = [f"b{number}" for number in range(6)]
    for number, name in enumerate(names):
        proposal(gate, name, number + 2)
    remote = shared(tmp_path, gate)
    people = [Person(clone_of(remote, tmp_path / name).root) for name in names]

    def judge(place: int) -> int:
        arguments = ("origin/main", f"origin/{names[place]}", "--record", "--push")
        return people[place].mlgit("gate", *arguments, exit_code=None).exit_code

    with ThreadPoolExecutor(len(names)) as pool:
        codes = list(pool.map(judge, range(len(names))))
    assert set(codes) <= {0, 1, 3}
    assert len(ledger_lines(remote)) == len(names) + 1
    assert git(remote, "log", "--diff-filter=D", "--name-only", "--format=", LEDGER) == ""


def test_a_remote_ledger_that_was_rolled_back_fails_and_is_restored(tmp_path: Path) -> None:
    gate = gated(tmp_path / "r", number=NUMBER)
    remote = shared(tmp_path, gate)
    for number in (10, 20):
        proposal(gate, f"b{number}", number)
        gate.gate("main", "HEAD", "--record", "--push")
    first = git(remote, "rev-list", "--reverse", LEDGER).split()[0]
    git(remote, "update-ref", LEDGER, first)
    proposal(gate, "next", 55)
    answer = gate.gate("main", "HEAD", "--record", "--push")
    assert answer.exit_code == 1, answer
    assert "rolled back" in answer.stdout
    assert len(ledger_lines(remote)) == 4
    assert gate.gate("main", "HEAD", "--record", "--push").exit_code == 0


def test_a_remote_that_is_not_there_is_named(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    proposal(gate, "next", 55)
    answer = gate.gate("main", "HEAD", "--record", "--push")
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert "there is no remote called origin" in answer.stderr
    assert "--remote" in answer.stderr
    assert "fatal" not in answer.stderr


def test_without_the_right_to_write_history_alone_counts(tmp_path: Path) -> None:
    gate = gated(tmp_path / "r", number=NUMBER)
    proposal(gate, "next", 55)
    remote = shared(tmp_path, gate)
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    refused = gate.gate("main", "HEAD", "--record", "--push")
    assert refused.exit_code == 4
    assert "ledger" in refused.stderr
    assert gate.gate().exit_code == 0


def test_a_shallow_clone_cannot_count(tmp_path: Path) -> None:
    gate = gated(tmp_path / "r", number=NUMBER)
    accept(gate, "one", 10)
    proposal(gate, "next", 55)
    remote = shared(tmp_path, gate)
    folder = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "2", "--branch", "next", f"file://{remote}", str(folder)],
        check=True,
        capture_output=True,
    )
    answer = Sandbox(folder).mlgit("gate", "HEAD~1", "HEAD")
    assert answer.exit_code == 3
    assert "git fetch --unshallow" in answer.stdout


def test_the_error_is_split_over_the_steps_or_not(tmp_path: Path) -> None:
    gate = gated(tmp_path / "split", number=NUMBER)
    proposal(gate, "next", 40)
    assert budget(gate)["evaluation_confidence"] == 1 - 0.05 / 32
    whole = gated(
        tmp_path / "whole", GATES, "    test_set: {split: false}\n    confidence: 0.9\n", number=NUMBER
    )
    proposal(whole, "next", 40)
    assert budget(whole)["evaluation_confidence"] == 0.9
    assert "split: false" in whole.gate("main", "HEAD", "--explain").stdout
    assert "0.05 / 32 = 0.00156" in gate.gate("main", "HEAD", "--explain").stdout


def test_a_rule_with_a_confidence_of_its_own_is_decided_at_it_everywhere(tmp_path: Path) -> None:
    gates = "    gates:\n      - accuracy: {min: 0.7}\n      - roc_auc: {min: 0.6, confidence: 0.8}\n"
    gate = gated(tmp_path / "own", gates, "    test_set: {steps: 10}\n", number=NUMBER)
    proposal(gate, "next", 40)
    wanted = {"accuracy": pytest.approx(1 - 0.05 / 10), "roc_auc": pytest.approx(1 - 0.2 / 10)}
    judged = gate.judged("main", "HEAD")["models"][0]
    assert {one["metric"]: one["confidence"] for one in judged["findings"]} == wanted
    of_a_fail = {one["metric"]: one["failure_confidence"] for one in judged["findings"]}
    assert of_a_fail == {"accuracy": 0.95, "roc_auc": 0.8}
    compared = json.loads(gate.sandbox.mlgit("compare", "main", "HEAD", "--format", "json").stdout)
    assert {one["metric"]: one["confidence"] for one in compared["models"][0]["gate"]["findings"]} == wanted


def test_nothing_is_written_unless_asked(tmp_path: Path) -> None:
    gate = gated(tmp_path, number=NUMBER)
    proposal(gate, "next", 40)
    before = gate.sandbox.git("for-each-ref")
    gate.gate()
    assert gate.sandbox.git("for-each-ref") == before
    assert gate.gate("main", "HEAD", "--push").exit_code == 2
