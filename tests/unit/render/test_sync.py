"""Whatever three contents a managed file has, sync loses no hand edit and a second sync is idle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlgit.plan.change import Change, Plan, Refusal
from mlgit.render.record import BASE, LOCK, Record, digest
from mlgit.render.sync import EDITED, Standing, SyncResult, base_of, plan_sync

content = st.sampled_from([None, b"a\n", b"b\n", b"c\n"])
merged = st.sampled_from([None, b"m\n"])
PATH = "f"


def standing_after(standing: Standing, plan: Plan) -> Standing:
    files, base, lock = dict(standing.files), dict(standing.base), standing.lock
    for change in plan.changes:
        if change.path == LOCK:
            lock = change.new
            continue
        home, key = (base, change.path[len(BASE) :]) if change.path.startswith(BASE) else (files, change.path)
        assert home.get(key) == change.old
        if change.new is None:
            del home[key]
        else:
            home[key] = change.new
    return Standing(files=files, base=base, lock=lock)


@given(content, content, content, merged)
def test_sync_is_idempotent_and_keeps_edits(
    mine: bytes | None, base: bytes | None, new: bytes | None, merge_result: bytes | None
) -> None:
    rendered = {PATH: new} if new is not None else {}
    record = Record(version="1", inputs="i", files={path: digest(text) for path, text in rendered.items()})
    before = Standing(
        files={PATH: mine} if mine is not None else {},
        base={PATH: base} if base is not None else {},
        lock=None,
    )
    first = plan_sync(rendered, record, before, lambda *_: merge_result)
    after = standing_after(before, first)
    second = plan_sync(rendered, record, after, lambda *_: merge_result)
    assert not second.changes
    edited = mine is not None and mine not in (base, new)
    managed = base is not None or new is not None
    if edited or not managed:
        assert after.files.get(PATH) in (mine, merge_result if managed else mine)
        assert [refusal.path for refusal in first.refusals] == [PATH] * managed
        assert [refusal.path for refusal in second.refusals] == [PATH] * (new is not None)
    else:
        assert after.files.get(PATH) == new
        assert not second.refusals


def test_the_record_of_another_rendering_is_written_anew() -> None:
    record = Record(version="2", inputs="i", files={PATH: digest(b"a\n")})
    standing = Standing(files={PATH: b"a\n"}, base={PATH: b"a\n"}, lock=b"version: 1\n")
    plan = plan_sync({PATH: b"a\n"}, record, standing, lambda *_: None)
    (change,) = plan.changes
    assert (change.path, change.old) == (LOCK, b"version: 1\n")
    assert not plan_sync({PATH: b"a\n"}, record, standing_after(standing, plan), lambda *_: None).changes


def test_a_difference_that_sync_leaves_alone_is_shown_instead_of_written() -> None:
    change = Change(path=PATH, old=None, new=b"a\n", reason="it is missing")
    refusal = Refusal(path=PATH, reason="edited by hand", hint="mlgit sync --restore f")
    hints = [
        SyncResult(plan=plan, applied=False).hint
        for plan in (Plan(), Plan(changes=(change,)), Plan(refusals=(refusal,)))
    ]
    assert hints == ["", "mlgit sync", "mlgit sync --check"]


def test_a_file_without_a_copy_is_as_it_was_rendered_unless_its_digest_tells_of_an_edit() -> None:
    assert base_of(b"a\n", digest(b"a\n")) == b"a\n"
    assert base_of(b"b\n", digest(b"a\n")) == EDITED == base_of(None, digest(b"a\n"))
