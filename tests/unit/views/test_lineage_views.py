"""A lineage shown: whatever stands in a repository, no character of it does anything to a terminal or to Mermaid."""

from __future__ import annotations

import json
import re
from itertools import cycle

import pytest

from mlgit.runs.covered import Check, Verification
from mlgit.runs.lineage import Ingredient, Lineage, LineageReport, Recorder, Run, StageLineage
from mlgit.runs.reproduction import Difference, Reproduction
from mlgit.text import UNSEEN
from mlgit.views import lineage_mermaid, lineage_text, reproduce
from mlgit.views.json_form import json_text
from tests.unit.views.comment_hostile import strings


def report(seed: int) -> LineageReport:
    """Return a report with a hostile text in each place."""
    text = cycle(list(strings(seed, 60)))
    names = [next(text) for _ in range(4)]
    digest = {next(text): next(text)}
    check = Check(path=next(text), state="different", text=next(text))
    return LineageReport(
        models=(
            Lineage(
                model=next(text), pipeline=next(text), revision=next(text), commit=next(text), artifact=names[2],
                note=next(text), record=next(text),
                recorder=Recorder(commit=next(text), name=next(text), date=next(text), subject=next(text)),
                run=Run(
                    trigger=next(text), outcome=next(text), started=next(text), finished=next(text), wall_seconds=1.5,
                    energy_joules=3.0, pipelines=2, system=next(text), architecture=next(text),
                    versions={next(text): next(text)}, github={"actor": next(text)}, invocation=next(text),
                    commit=next(text), dirty=True,
                ),
                inputs=(
                    Ingredient(name=names[0], kind="data", digest=digest, size=1, files=2),
                    Ingredient(name=names[1], kind=next(text), digest=digest),
                ),
                outputs=(Ingredient(name=names[2], kind="output", digest=digest),),
                parameters={next(text): {next(text): [next(text)], "deep": {next(text): None}}},
                stages=(
                    StageLineage(
                        name=names[3], inputs=(names[0],), outputs=(names[2],), record=next(text), seconds=1.0,
                        because=(next(text),), restored=next(text),
                    ),
                    StageLineage(name=names[3], inputs=(), outputs=(), because=(next(text),), restored=next(text)),
                ),
            ),
        ),
        errors=(next(text),),
        verifications=(
            Verification(
                model=next(text), pipeline=".", record=next(text), same=1, differences=(check, check), unknown=(check,),
            ),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_no_text_of_a_repository_does_anything(seed: int) -> None:
    made = report(seed)
    shown = "\n".join(lineage_text.report_lines(made))
    assert len(shown.splitlines()) == len(lineage_text.report_lines(report(seed + 1000)))
    assert not re.search(UNSEEN, shown.replace("\n", ""))
    drawn = lineage_mermaid.render(made)
    assert len(drawn.splitlines()) == 9
    for line in drawn.splitlines():
        assert not re.search(UNSEEN, line)
        assert re.fullmatch(
            r'flowchart LR|  end|    \w+ --> \w+|  +(subgraph )?\w+[\[({]+"[^"`;%#<>&]+"[\])}]+', line
        ), line


def test_json_can_be_read_back() -> None:
    clean = json.loads(json_text(LineageReport()))
    assert clean == {"version": 1, "models": [], "errors": [], "verifications": []}


@pytest.mark.parametrize("seed", range(10))
def test_a_reproduction_is_shown_in_as_many_lines_as_it_has_facts(seed: int) -> None:
    text = cycle(list(strings(seed, 20)))
    difference = Difference(kind=next(text), path=next(text), text=next(text))
    shown = "\n".join(reproduce.reproduction_lines([
            Reproduction(
                commit=next(text), pipeline=next(text), models=(next(text),), verdict="not reproduced", tolerance=0.1,
                differences=(difference, difference), same=(next(text),), other=(next(text),), notes=(next(text),),
            )
        ]))  # fmt: skip
    assert len(shown.splitlines()) == 5
    assert not re.search(UNSEEN, shown.replace("\n", ""))


def test_nothing_to_tell() -> None:
    assert lineage_text.report_lines(LineageReport()) == ["no pipeline was run at this commit"]
    assert list(reproduce.reproduction_lines([])) == ["no pipeline was run at this commit"]
