"""What a model comes to whose predictions are not there on a side: by the state of each side, what is said and never PASS."""

from __future__ import annotations

import pytest

from mlgit.evaluation.model import lacking
from mlgit.predictions.stored import Stored

STATES = ("read", "absent", "not available", "refused")
EXPECTED = {
    # base, head: the state, the kind of the error
    ("read", "read"): None,
    ("read", "absent"): ("broken", "predictions-gone"),
    ("read", "not available"): ("not available", ""),
    ("read", "refused"): ("broken", "refused"),
    ("absent", "read"): ("new", ""),
    ("absent", "absent"): ("new", ""),
    ("absent", "not available"): ("new", ""),
    ("absent", "refused"): ("broken", "refused"),
    ("not available", "read"): ("not available", ""),
    ("not available", "absent"): ("broken", "predictions-gone"),
    ("not available", "not available"): ("not available", ""),
    ("not available", "refused"): ("broken", "refused"),
    ("refused", "read"): ("not available", ""),
    ("refused", "absent"): ("broken", "predictions-gone"),
    ("refused", "not available"): ("not available", ""),
    ("refused", "refused"): ("broken", "refused"),
}


@pytest.mark.parametrize("base", STATES)
@pytest.mark.parametrize("head", STATES)
def test_what_is_said_where_a_side_has_no_predictions(base: str, head: str) -> None:
    sides = [
        Stored(path=f"{side}.csv", state=state, reason=f"{side} {state}")  # type: ignore[arg-type]
        for side, state in (("base", base), ("head", head))
    ]
    found = lacking(*sides)
    expected = EXPECTED[base, head]
    if expected is None:
        assert found is None
        return
    assert found is not None
    kinds = "".join(one.kind for one in found.errors)
    assert (found.state, kinds, found.undecided) == (*expected, True)


def test_the_side_that_is_not_available_is_named_with_what_helps() -> None:
    gone = Stored(path="p.csv", state="not available", reason="DVC keeps it elsewhere")
    here = Stored(path="p.csv", state="read", content=b"")
    base, head = lacking(gone, here), lacking(here, gone)
    assert base is not None
    assert head is not None
    assert base.reason == "base: not available: DVC keeps it elsewhere"
    assert head.reason == "head: not available: DVC keeps it elsewhere"
    assert base.hint == head.hint == "dvc pull"
