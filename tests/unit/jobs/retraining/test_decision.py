"""The decision to train: exhaustive on the reasons, and in any order of events within its promises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mlgit.config.ct import ContinuousTraining, TrainingBudget
from mlgit.jobs.retraining.claim import entries_of
from mlgit.jobs.retraining.decision import Decision, Moment, decide
from mlgit.jobs.retraining.job import Estimate, Job
from mlgit.jobs.retraining.ledger import Ending, Ledger, Notice, Outcome, attempt_name, entry
from mlgit.jobs.retraining.notices import Overdue
from mlgit.jobs.retraining.trigger import Trigger, by_hand, of_event

NOW = 1_767_614_400.0
HOUR = 3600.0


def job(
    name: str = "a",
    inputs: str = "1",
    *,
    stale: bool = True,
    age: float | None = None,
    made: str = "c" * 40,
    past: tuple[float, ...] = (),
) -> Job:
    why = ("train: its data is another",) if stale else ()
    return Job(
        name=name, folder=name, models=(name,), inputs=inputs, stale=why, age_days=age, made=made, past=past
    )


class Book:
    """A ledger in memory, and who writes it."""

    def __init__(self, **rules: object) -> None:
        self.entries: dict[str, bytes] = {}
        self.rules = ContinuousTraining(**rules)  # type: ignore[arg-type]
        self.count = 0

    def ask(
        self,
        trigger: Trigger,
        jobs: Iterable[Job],
        *,
        now: float = NOW,
        holder: str = "run 1",
        dead: str = "",
    ) -> Decision:
        moment = Moment(now=now, holder=holder, alive=lambda one: one != dead)
        decision = decide(trigger, tuple(jobs), Ledger(self.entries), self.rules, moment)
        self.count += 1
        new = entries_of(decision, trigger, moment, f"mark {self.count}", now + HOUR)
        self.entries |= {path: entry for path, entry in new.items() if path not in self.entries}
        return decision

    def tell(self, decision: Decision, *, now: float = NOW) -> None:
        for one in decision.report:
            notice = Notice(
                job=one.job.name, made=one.job.made, detail=one.detail, trigger="", at=now,
                url="https://f.example/7", about="old" if isinstance(one, Overdue) else "long",
            )  # fmt: skip
            self.entries |= entry(f"notices/{one.name}", notice)

    def end(
        self,
        decision: Decision,
        ending: Ending,
        *,
        now: float = NOW,
        seconds: float = 60.0,
    ) -> None:
        for one in decision.train:
            outcome = Outcome(
                job=one.job.name, inputs=one.job.inputs, trigger="", ending=ending, seconds=seconds, at=now,
                attempt=one.attempt,            )  # fmt: skip
            self.entries |= entry(f"outcomes/{attempt_name(outcome)}", outcome)


def push(commit: str = "c1") -> Trigger:
    return of_event("push", {"after": commit}, run="9", at=NOW)


def reasons(decision: Decision) -> list[str]:
    return [skip.because for skip in decision.skip]


def test_what_is_stale_is_trained_once_for_a_trigger() -> None:
    log = Book()
    first = log.ask(push(), [job(), job("b", stale=False)])
    assert [one.job.name for one in first.train] == ["a"]
    assert reasons(first) == ["nothing stale"]
    log.end(first, "proposed")
    assert log.ask(push(), [job()]).answered
    assert reasons(log.ask(push("c2"), [job()])) == ["done before"]
    assert log.ask(push("c3"), [job(inputs="2")]).train


def test_two_at_once_make_one_claim_and_an_end_frees_it() -> None:
    log = Book()
    assert log.ask(push(), [job()]).train
    assert reasons(log.ask(push("c2"), [job()], holder="run 2")) == ["claimed"]
    assert log.ask(push("c3"), [job()], holder="run 2", now=NOW + HOUR + 1).train[0].attempt == 2
    assert log.ask(push("c4"), [job()], holder="run 3", dead="run 2").train[0].attempt == 3


def test_a_run_that_is_started_again_goes_on_where_it_was_cut_off() -> None:
    log = Book(cool_down_hours=24)
    assert log.ask(push(), [job()]).train
    again = log.ask(push(), [job()], now=NOW + 60)
    assert (again.answered, again.train[0].attempt) == (False, 2)


@pytest.mark.parametrize(("ending", "trained"), [("failed", True), ("worse", False), ("bad-data", False)])
def test_only_a_failure_is_tried_again(ending: Ending, trained: bool) -> None:
    log = Book()
    log.end(log.ask(push(), [job()]), ending)
    assert bool(log.ask(push("c2"), [job()]).train) is trained


def test_the_cool_down_waits_for_triggers_but_not_for_people_and_old_models() -> None:
    log = Book(cool_down_hours=24, max_age_days=30)
    log.end(log.ask(push(), [job()]), "proposed")
    assert reasons(log.ask(push("c2"), [job(inputs="2")], now=NOW + 23 * HOUR)) == ["cool-down"]
    assert log.ask(push("c3"), [job(inputs="2", age=31)], now=NOW + 2 * HOUR).train
    assert log.ask(by_hand("", (), identity="1", at=NOW), [job(inputs="3")], now=NOW + 2 * HOUR).train
    assert log.ask(push("c4"), [job(inputs="4")], now=NOW + 48 * HOUR).train


def test_the_runs_of_a_day_are_counted_by_jobs_and_days_of_utc() -> None:
    log = Book(budget=TrainingBudget(runs_a_day=2))
    assert len(log.ask(push("c1"), [job("a"), job("b")]).train) == 2
    assert log.ask(push("c2"), [job("c")]).train
    assert reasons(log.ask(push("c3"), [job("d")])) == ["runs of the day"]
    assert log.ask(push("c4"), [job("d")], now=NOW + 24 * HOUR).train


def test_what_history_says_takes_too_long_does_not_start_and_the_oldest_goes_first() -> None:
    log = Book(budget=TrainingBudget(minutes=10, runs_a_day=100))
    for name in ("a", "b"):
        log.end(log.ask(push(f"first {name}"), [job(name)]), "proposed", seconds=7 * 60)
    decision = log.ask(push("c2"), [job("a", "2", age=3), job("b", "2", age=9)])
    (one,) = decision.train
    assert (one.job.name, one.estimate) == ("b", Estimate(seconds=420.0, count=1, source="ledger"))
    assert reasons(decision) == ["minutes"]
    assert decision.skip[0].text == "7 minutes are expected from its last retraining, 3 of 10 are left"


def test_records_tell_how_long_the_first_retraining_takes_and_the_ledger_from_then_on() -> None:
    log = Book(budget=TrainingBudget(minutes=10, runs_a_day=100))
    past = (9999.0, 60.0, 120.0, 180.0, 240.0, 300.0)
    first = log.ask(push(), [job(past=past), job("b", past=(601.0,)), job("c")])
    assert [one.estimate for one in first.train] == [Estimate(seconds=180, count=5, source="records"), None]
    (over,) = first.skip
    assert over.text == "10 minutes are expected from its last recorded training, 7 of 10 are left"
    log.end(first, "failed", seconds=7.0)
    assert log.ask(push("c2"), [job(past=past)]).train[0].estimate == first.train[0].estimate
    log.end(log.ask(push("c3"), [job(inputs="2", past=past)]), "worse", seconds=30.0)
    (again,) = log.ask(push("c4"), [job(inputs="3", past=past)]).train
    assert again.estimate == Estimate(seconds=30, count=1, source="ledger")


def old(age: float, **more: Any) -> Job:
    return job(stale=False, age=age, **more)


def test_a_model_that_is_too_old_with_nothing_new_is_reported_once_a_period() -> None:
    log = Book(max_age_days=30)
    assert reasons(log.ask(push("c1"), [old(30)])) == ["nothing stale"]
    first = log.ask(push("c2"), [old(31)])
    ((one,), skips, trained) = first.report, first.skip, first.train
    assert (one.job.name, one.limit_days, one.period, skips, trained) == ("a", 30, 1, (), ())
    log.tell(first)
    again = log.ask(push("c3"), [old(59)], now=NOW + 28 * 24 * HOUR)
    assert (again.report, reasons(again)) == ((), ["nothing stale"])
    assert again.skip[0].text.endswith(
        "it is 59 days old, which was reported on 2026-01-05 12:00 UTC: https://f.example/7"
    )
    second = log.ask(push("c4"), [old(60)])
    assert [one.period for one in second.report] == [2]
    log.tell(second)
    assert log.ask(push("c5"), [old(61)]).report == ()
    log.rules = ContinuousTraining(max_age_days=45)
    assert [one.period for one in log.ask(push("c6"), [old(61)]).report] == [1]


def test_a_notice_with_the_fields_of_an_earlier_version_counts() -> None:
    log = Book(max_age_days=30)
    (one,) = log.ask(push(), [old(31)]).report
    entry = (
        b'{"unit":"a","made":"","age_days":31.0,"limit_days":30,"trigger":"","at":1767614400.0,"url":""}\n'
    )
    log.entries[f"notices/{one.name}"] = entry
    assert log.ask(push("c2"), [old(31)]).report == ()


def test_another_model_is_told_anew() -> None:
    log = Book(max_age_days=30)
    log.tell(log.ask(push(), [old(31)]))
    assert log.ask(push("c2"), [old(31, made="d" * 40)]).report


def test_a_report_costs_nothing_and_a_trigger_that_was_answered_still_makes_it() -> None:
    log = Book(max_age_days=30, budget=TrainingBudget(runs_a_day=1), cool_down_hours=24)
    first = log.ask(push(), [old(31), job("b", age=40)])
    assert ([one.job.name for one in first.report], [one.job.name for one in first.train]) == (["a"], ["b"])
    assert first.train[0].limit_days == 30
    log.end(first, "proposed")
    cut_off = log.ask(push(), [old(31), job("b", stale=False)])
    assert (cut_off.answered, len(cut_off.report)) == (True, 1)
    log.tell(cut_off)
    assert log.ask(push(), [old(31)]) == Decision(answered=True)
    assert not [
        path for path in log.entries if path.startswith("claims/") and b'"job":"a"' in log.entries[path]
    ]
    assert reasons(log.ask(push("c2"), [job("b", "2")])) == ["cool-down"]


def test_a_training_that_fits_into_no_job_is_told_once_for_what_there_is_to_train_on() -> None:
    log = Book(budget=TrainingBudget(minutes=10, runs_a_day=100))
    slow = job(past=(1200.0,))
    first = log.ask(push(), [slow, job("b")])
    assert ([one.job.name for one in first.train], reasons(first)) == (["b"], ["minutes"])
    assert [one.detail for one in first.report] == [
        "20.0 minutes are expected from its last recorded training, at most 10 may be used"
    ]
    cut_off = log.ask(push(), [slow])
    assert (cut_off.answered, cut_off.report) == (True, first.report)
    log.tell(cut_off)
    again = log.ask(push("c2"), [slow])
    assert (again.report, log.ask(push(), [slow]).report) == ((), ())
    assert again.skip[0].text.endswith(
        "10 of 10 are left; that is more than all, which was reported on 2026-01-05 12:00 UTC: https://f.example/7"
    )
    log.tell(log.ask(push("c3"), [job(inputs="2", past=slow.past)]))
    assert log.ask(push("c4"), [job(inputs="2", past=slow.past)]).report == ()
    log.rules = ContinuousTraining(budget=TrainingBudget(minutes=15, runs_a_day=100))
    assert log.ask(push("c5"), [slow]).report
    log.rules = ContinuousTraining(budget=TrainingBudget(minutes=20, runs_a_day=100))
    fits = log.ask(push("c6"), [slow])
    assert (fits.report, [one.job.name for one in fits.train]) == ((), ["a"])


def test_a_training_that_would_fit_into_the_next_job_or_that_waits_for_another_reason_is_not_told() -> None:
    log = Book(budget=TrainingBudget(minutes=10, runs_a_day=1), cool_down_hours=24)
    shared = log.ask(push(), [job(past=(400.0,)), job("b", past=(400.0,))])
    assert (reasons(shared), shared.report) == (["minutes"], ())
    log.end(shared, "proposed", seconds=1200.0)
    (done,) = shared.train
    assert log.ask(push("c2"), [job(done.job.name, "2")], now=NOW + HOUR).report == ()
    about_b = by_hand("", ("b",), identity="1", at=NOW)
    assert log.ask(about_b, [job("c", past=(9999.0,))]).report == ()


@pytest.mark.parametrize(
    ("one", "models"), [(old(31), ("b",)), (job(age=31), ()), (old(-5), ()), (job(stale=False), ())]
)
def test_what_is_not_reported(one: Job, models: tuple[str, ...]) -> None:
    trigger = by_hand("", models, identity="1", at=NOW)
    assert Book(max_age_days=30).ask(trigger, [one]).report == ()
    assert Book().ask(push(), [old(4000)]).report == ()


def test_a_trigger_about_a_model_leaves_the_others() -> None:
    trigger = of_event(
        "repository_dispatch",
        {"action": "drift", "client_payload": {"models": ["b"], "id": "1"}},
        run="1",
        at=NOW,
    )
    assert trigger.cause == "drift"
    decision = Book().ask(trigger, [job("a"), job("b")])
    assert ([one.job.name for one in decision.train], reasons(decision)) == (["b"], ["another model"])


def test_inputs_that_come_back_are_tried_again_once_also_within_a_second() -> None:
    log = Book(budget=TrainingBudget(runs_a_day=100))
    for turn, inputs in enumerate(["1", "2", "1", "2"]):
        done = log.ask(push(f"c{turn}"), [job(inputs=inputs)])
        assert [one.job.inputs for one in done.train] == [inputs]
        log.end(done, "proposed")
        for again in range(3):
            assert reasons(log.ask(push(f"c{turn} {again}"), [job(inputs=inputs)])) == ["done before"]


def test_what_came_to_nothing_is_no_reason_to_try_again() -> None:
    log = Book(budget=TrainingBudget(runs_a_day=100))
    log.end(log.ask(push(), [job(inputs="2")]), "proposed")
    log.end(log.ask(push("late"), [job(inputs="1")]), "unchanged")
    assert reasons(log.ask(push("c2"), [job(inputs="2")])) == ["done before"]


def test_an_outcome_of_an_earlier_version_is_final() -> None:
    log = Book(budget=TrainingBudget(runs_a_day=100))
    first = log.ask(push(), [job()])
    ((name, entry),) = [(name, entry) for name, entry in log.entries.items() if name.startswith("claims/")]
    log.entries[name] = entry.replace(b'"others":0', b'"others":null')
    log.end(first, "proposed")
    log.end(log.ask(push("c2"), [job(inputs="2")]), "proposed")
    assert reasons(log.ask(push("c3"), [job()])) == ["done before"]


def test_what_was_at_work_already_is_no_reason_to_try_again() -> None:
    log = Book(budget=TrainingBudget(runs_a_day=100))
    slow = log.ask(push(), [job(inputs="1")])
    log.end(log.ask(push("c2"), [job(inputs="2")]), "bad-data")
    log.end(slow, "proposed")
    assert reasons(log.ask(push("c3"), [job(inputs="2")])) == ["done before"]
    assert log.ask(push("c4"), [job(inputs="1")]).train


def test_again_trains_what_was_done_before() -> None:
    log = Book(cool_down_hours=24)
    log.end(log.ask(push(), [job()]), "worse")
    assert log.ask(by_hand("", (), identity="1", at=NOW, again=True), [job()]).train


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["trigger", "again", "data", "end", "fail", "die", "hour", "day"]), st.integers(0, 3)
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(EVENTS)
def test_in_any_order_of_events_no_two_work_on_the_same_and_the_budget_holds(
    events: list[tuple[str, int]],
) -> None:
    log = Book(budget=TrainingBudget(runs_a_day=3))
    now, asked = NOW, 0
    inputs = dict.fromkeys("abcd", 0)
    open_ones: dict[str, tuple[Decision, float]] = {}
    for what, which in events:
        name = "abcd"[which]
        if what in ("trigger", "again"):
            asked += what == "trigger"
            holder = f"run {asked}"
            decision = log.ask(
                push(f"c{asked}"),
                [job(one, f"{one}{n}") for one, n in inputs.items()],
                now=now,
                holder=holder,
            )
            for one in decision.train:
                held = [
                    other
                    for other, (standing, until) in open_ones.items()
                    if other != holder and until > now and one.job in [each.job for each in standing.train]
                ]
                assert not held
            if decision.train:
                open_ones[holder] = (decision, now + HOUR)
        elif what == "data":
            inputs[name] += 1
        elif what in ("end", "fail") and open_ones:
            holder = sorted(open_ones)[which % len(open_ones)]
            standing, _ = open_ones.pop(holder)
            log.end(standing, "proposed" if what == "end" else "failed", now=now)
        elif what in ("hour", "day"):
            now += HOUR if what == "hour" else 24 * HOUR
        assert len(Ledger(log.entries).runs_on_day(now)) <= 3


def test_a_model_with_minutes_of_its_own_takes_none_of_the_others() -> None:
    """The budget of all is one hour: two of 40 minutes do not fit, unless one of them has its own."""
    forty = tuple(40 * 60.0 for _ in range(3))
    both = [replace(job(name, age=age, past=forty), budget=None) for name, age in (("a", 2.0), ("b", 1.0))]
    shared = Book(budget=TrainingBudget(minutes=60)).ask(by_hand("x", (), identity="1", at=NOW), both)
    assert [one.job.name for one in shared.train] == ["a"]
    own = [both[0], replace(both[1], budget=45)]
    apart = Book(budget=TrainingBudget(minutes=60)).ask(by_hand("x", (), identity="1", at=NOW), own)
    assert [one.job.name for one in apart.train] == ["a", "b"]
    little = [both[0], replace(both[1], budget=30)]
    decision = Book(budget=TrainingBudget(minutes=60)).ask(by_hand("x", (), identity="1", at=NOW), little)
    assert [(one.job, one.because) for one in decision.skip] == [("b", "minutes")]
    assert "30 of 30 are left" in decision.skip[0].text
