"""Years of continuous training in minutes: models that grow old, data, events, broken pipelines, people who merge, close
issues, take data back and train by hand, and a forge with faults, on a clock that tests turn.

Ledger in memory and branches as a table; decision, claim, conclusion and the client of the forge are the real ones.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlgit.commands.retrain.run import texts
from mlgit.config.ct import ContinuousTraining, TrainingBudget
from mlgit.config.model import Configuration
from mlgit.errors import ExternalError
from mlgit.git.repository import Repository
from mlgit.host.artifact_charts import encode_charts
from mlgit.host.sticky import ReportKey, marker_of
from mlgit.jobs.retraining import conclude as concluding
from mlgit.jobs.retraining.branch import Published
from mlgit.jobs.retraining.claim import leased
from mlgit.jobs.retraining.conclude import conclude
from mlgit.jobs.retraining.decision import is_final
from mlgit.jobs.retraining.handoff import (
    CHARTS,
    COMPARISON,
    TRAINED,
    Conclusion,
    Lease,
    Reported,
    Result,
    Results,
)
from mlgit.jobs.retraining.job import Job, estimated
from mlgit.jobs.retraining.ledger import Ledger, Notice, Outcome, decoded, outcome_path
from mlgit.jobs.retraining.notices import overdue, too_long
from mlgit.jobs.retraining.proposal import Proposal
from mlgit.jobs.retraining.report import WORKFLOW, TrainingSite
from mlgit.jobs.retraining.trigger import Trigger, of_event
from mlgit.metrics.comparison import Comparison, Side
from mlgit.refs.log import Entries
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.github.answers import Fault, FaultKind
from tests.github.scene import Scene as Forge

DAY = 86_400.0
BASE = "b" * 40
KINDS: tuple[FaultKind, ...] = (
    "502",
    "502-landed",
    "503",
    "503-landed",
    "403-limit",
    "429",
    "timeout",
    "timeout-landed",
)
RULES = ContinuousTraining(
    schedule="17 3 * * 1",
    events=("drift",),
    budget=TrainingBudget(minutes=240, runs_a_day=4),
    cool_down_hours=20,
    max_age_days=30,
)
CAUSES = {"failed": "failed", "bad-data": "bad data", "worse": "worse"}
"""How the issues of these endings are called."""


class Faults(list[Any]):
    """What goes wrong with each request: one in twenty, without end."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__([None])
        self._chance = chance

    def pop(self, _: Any = 0) -> Fault | None:
        return Fault(self._chance.choice(KINDS), 5) if self._chance.random() < 0.05 else None


class Memory:
    """A log in memory that sometimes cannot be reached."""

    def __init__(self, chance: random.Random) -> None:
        self.kept: dict[str, bytes] = {}
        self._chance = chance

    def entries(self) -> Entries:
        return dict(self.kept)

    def append(self, choose: Callable[[Entries], Entries]) -> Entries:
        if self._chance.random() < 0.02:
            raise ExternalError("ref-push", "the remote is away")
        new = {path: entry for path, entry in choose(dict(self.kept)).items() if path not in self.kept}
        self.kept |= new
        return new


class Simulation:
    """`models` models for some days. `data` is the content of each model's data, `main` that which its model was made of."""

    def __init__(self, folder: Path, *, models: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.chance = random.Random(seed)
        self.forge = Forge()
        self.clock = self.forge.clock
        self.forge.state.faults = Faults(self.chance)
        self.log = Memory(self.chance)
        self.folder = folder
        self.data = {f"model-{number}": 0 for number in range(models)}
        self.main = dict(self.data)
        self.newest = dict(self.data)
        self.models = dict(self.data)
        self.branches: dict[str, tuple[str, int, int]] = {}
        self.merged = dict(self.data)
        self.proposals = 0
        self.asked: dict[str, Trigger] = {}
        self.trained: Counter[tuple[str, str]] = Counter()
        self.seconds: Counter[int] = Counter()
        self.runs = 0
        self.changed_at = dict.fromkeys(self.data, self.clock.now)
        self.good_at = dict(self.changed_at)
        self.made_at = {name: self.clock.now for number, name in enumerate(self.data) if number % 3 == 0}
        slow = (RULES.budget.minutes * 60.0 + 1,)
        self.past = {name: slow for number, name in enumerate(self.data) if number % 17 == 5}
        self.broken: set[str] = set()
        self.closed: dict[str, list[float]] = defaultdict(list)
        self.people: dict[str, list[float]] = defaultdict(list)
        self.ended: set[int] = set()
        self.past_claims: list[Lease] = []
        self.forgotten: list[Lease] = []
        self.unclosed: set[str] = set()
        monkeypatch.setattr(concluding, "publish", self.publish)

    def jobs(self) -> tuple[Job, ...]:
        return tuple(
            Job(
                name=name,
                folder=name,
                models=(name,),
                inputs=f"{content}",
                data=f"{content}",
                stale=("train: its data is another",) if content != self.main[name] else (),
                age_days=(self.clock.now - self.made_at[name]) / DAY if name in self.made_at else None,
                made=f"{self.models[name]:040x}",
                past=self.past.get(name, ()),
            )
            for name, content in self.data.items()
        )

    def publish(self, _: TrainingSite, proposal: Proposal) -> Iterator[Published]:
        one = proposal.first
        self.proposals += 1
        self.branches[one.branch] = (one.job.name, int(one.job.inputs), self.proposals)
        yield Published(proposal=proposal, ending="proposed", branch=one.branch, commit="c" * 40)

    def context(self, run: str) -> Context:
        return Context(
            directory=self.folder,
            environment={"GITHUB_RUN_ID": run},
            processes=SystemProcesses(),
            console=SilentConsole(),
            clock=self.clock,
        )

    def ask(self, event: str, payload: dict[str, Any]) -> None:
        """One run of the workflow, which may be killed anywhere and be started again by a person."""
        self.runs += 1
        run = f"{self.runs}"
        trigger = of_event(event, payload, run=run, at=self.clock.now)
        self.asked[trigger.key] = trigger
        for _ in range(6):
            done = self.attempted(run, trigger)
            self.note_closed()
            if done:
                return
            self.clock.now += 600

    def attempted(self, run: str, trigger: Trigger) -> bool:
        """Walk the three jobs; False when something broke, so that somebody starts the run again."""
        context = self.context(run)
        configuration = Configuration(version=1, ct=RULES)
        try:
            found = leased(context, self.log, configuration, self.jobs(), trigger, base=BASE, branch="main")
        except ExternalError:
            return False
        if not found.train and not found.report:
            return True
        if self.chance.random() < 0.03:
            self.forgotten += [] if found.train else [found]
            return self.chance.random() < 0.5
        if found.train:
            self.train(found)
        for _ in range(8):
            self.clock.now += 5
            try:
                self.note_unclosed(conclude(self.site(context), found))
                self.past_claims.append(found)
                return True
            except ExternalError:
                self.clock.now += 60
        return False

    def site(self, context: Context) -> TrainingSite:
        """What the last job has to work with: a client of the forge of its own."""
        return TrainingSite(
            context=context,
            repository=Repository(context, self.folder),
            remote="origin",
            forge=self.forge.client(),
            log=self.log,
            folder=self.folder,
            workflow=WORKFLOW,
            texts=texts(),
        )

    def conclude_again(self) -> None:
        """Somebody starts the last job of some run again, however that ended: it may close what it mended itself."""
        found, ledger = self.chance.choice(self.past_claims[-20:] + self.forgotten), Ledger(self.log.kept)
        before, self.clock.now = self.opened(), self.clock.now + 60
        with suppress(ExternalError):
            conclude(self.site(self.context(found.holder.removeprefix("run "))), found)
        self.note_closed()
        for one in (*found.train, *found.report):
            newest = max(ledger.of_job(one.job.name), key=lambda tried: tried.claim.at, default=None)
            if newest is not None and newest.claim.mark != found.mark and newest.claim.at >= found.at:
                ours = {line_of(one.job.name, cause) for cause in CAUSES.values()}
                assert ours & before == ours & self.opened(), f"{one.job.name} is newer than that"

    def opened(self) -> set[str]:
        """Return the markers of the open issues."""
        issues = self.forge.state.contents.issues()
        return {first_line(issue) for issue in issues if issue["state"] == "open"}

    def train(self, found: Lease) -> None:
        """Train: takes time, now and then fails, is worse or finds bad data; the limit holds for all jobs together."""
        results, left = [], found.minutes * 60.0
        for number, one in enumerate(found.train):
            self.trained[one.job.name, one.job.inputs] += 1
            seconds = min(self.chance.uniform(60, 600), left)
            left -= seconds
            self.clock.now += seconds
            self.seconds[int(found.at // DAY)] += int(seconds)
            drawn = 0.0 if one.job.name in self.broken else self.chance.random()
            ending = "failed" if drawn < 0.03 or left <= 0 else "bad-data" if drawn < 0.06 else "trained"
            verdict = "FAIL" if drawn > 0.95 else "UNDECIDED" if drawn > 0.9 else "PASS"
            made = {"job": one.job.name, "ending": ending, "seconds": seconds, "verdict": verdict}
            made |= {"stage": "train", "lines": ["no luck"]} if ending == "failed" else {}
            results.append(msgspec.convert(made, Result))
            side = Side(name="main", commit=BASE)
            self.write(f"{number}/{COMPARISON}", Comparison(base=side, head=side, state="unchanged"))
            (self.folder / f"{number}" / CHARTS).write_bytes(encode_charts([]))
        self.write(TRAINED, Results(jobs=tuple(results)))

    def write(self, name: str, value: msgspec.Struct) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_bytes(msgspec.json.encode(value))

    def merge(self) -> None:
        """People merge some of the open proposals; what a proposal writes is among no paths, so it starts nothing."""
        for pull in self.forge.state.contents.pulls():
            branch = pull["head"]["ref"]
            if pull["state"] == "open" and branch in self.branches and self.chance.random() < 0.3:
                name, content, number = self.branches.pop(branch)
                if number > self.merged[name]:
                    self.made(name, content)
                pull["state"] = "closed"

    def made(self, name: str, content: int) -> None:
        """The model on the default branch is another, made of this content of its data; older proposals are void."""
        self.main[name], self.good_at[name] = content, self.clock.now
        self.models[name] += 1
        self.merged[name] = self.proposals
        if name in self.made_at:
            self.made_at[name] = self.clock.now

    def mend(self, name: str, *, by_hand: bool) -> None:
        """People train by hand and commit, or take the new data back; what was proposed for them they close."""
        if by_hand:
            self.made(name, self.data[name])
        else:
            self.data[name], self.good_at[name] = self.main[name], self.clock.now
        self.broken -= {name}
        for pull in self.forge.state.contents.pulls():
            branch = pull["head"]["ref"]
            if pull["state"] == "open" and self.branches.get(branch, ("", 0, 0))[0] == name:
                pull["state"] = "closed"
                self.branches.pop(branch)

    def tidy(self) -> None:
        """People close some of the issues, with and without a reason."""
        for issue in self.forge.state.contents.issues():
            if issue["state"] == "open" and self.chance.random() < 0.02:
                issue["state"] = "closed"
                self.people[first_line(issue)].append(self.clock.now)
        self.note_closed()

    def note_unclosed(self, done: Iterable[Conclusion | Reported]) -> None:
        """Note for which models it was said that issues stay open although their cause is gone."""
        for one in done:
            said = any(note.startswith("issues that are mended may stay open") for note in one.notes)
            (self.unclosed.add if said else self.unclosed.discard)(one.job)

    def note_closed(self) -> None:
        """Note when issues were closed, by people or by the training that mended them."""
        for issue in self.forge.state.contents.issues():
            if issue["state"] == "closed" and issue["number"] not in self.ended:
                self.ended.add(issue["number"])
                self.closed[first_line(issue)].append(self.clock.now)

    def day(self, number: int) -> None:
        """One day: new data, drift, now and then the same event twice, on Mondays the schedule."""
        start = self.clock.now
        for name in self.data:
            draw = self.chance.random()
            self.broken -= {name} if draw < 0.1 else set()
            self.broken |= {name} if draw > 0.995 else set()
            if self.data[name] != self.main[name] and self.chance.random() < 0.02:
                self.mend(name, by_hand=self.chance.random() < 0.5)
            if self.chance.random() < 0.04:
                self.renew(name)
                for _ in range(1 + (self.chance.random() < 0.2)):
                    self.ask("push", {"after": f"{name} {self.changed_at[name]}"})
            if self.chance.random() < 0.005:
                content = {"models": [name], "id": f"{number} {name}"}
                self.ask("repository_dispatch", {"action": "drift", "client_payload": content})
        self.ask("schedule", {"schedule": f"day {number}"}) if number % 7 == 0 else None
        if self.past_claims and self.chance.random() < 0.2:
            self.conclude_again()
        self.merge()
        self.tidy()
        if number % 7 == 6:
            self.check_models(Ledger(self.log.kept), Counter(self.opened()))
        self.clock.now = max(self.clock.now, start + DAY)

    def renew(self, name: str) -> None:
        """New data come, or some that were there before come again."""
        if self.newest[name] and self.chance.random() < 0.25:
            self.data[name] = self.chance.randint(self.newest[name] - 1, self.newest[name])
        else:
            self.newest[name] += 1
            self.data[name] = self.newest[name]
        self.good_at[name] = self.clock.now
        self.changed_at[name] = self.clock.now

    def check(self) -> None:
        """Hold everything that was promised against what happened."""
        ledger = Ledger(self.log.kept)
        answered = {path.partition("/")[2] for path in self.log.kept if path.startswith("triggers/")}
        assert answered <= set(self.asked)
        assert len(set(self.asked) - answered) == 0, "a trigger that nobody answered"
        for tries in ledger.attempts.values():
            assert sum(is_final(one, ledger) for one in tries) <= 1
            assert [one.claim.attempt for one in tries] == list(range(1, len(tries) + 1))
        marks = Counter(
            day
            for day, _ in {
                (int(one.claim.at // DAY), one.claim.mark)
                for tries in ledger.attempts.values()
                for one in tries
            }
        )
        assert max(marks.values()) <= RULES.budget.runs_a_day
        assert max(self.seconds.values()) <= RULES.budget.runs_a_day * RULES.budget.minutes * 60
        opened = Counter(
            pull["head"]["ref"] for pull in self.forge.state.contents.pulls() if pull["state"] == "open"
        )
        assert all(count == 1 for branch, count in opened.items() if branch.startswith("mlgit/"))
        self.check_issues(ledger)
        assert self.forge.state.violations == []
        assert self.forge.state.haste == []
        for job in self.jobs():
            if job.stale and self.clock.now - self.changed_at[job.name] > 21 * DAY:
                last, long = ledger.last(job.work), too_long(job, estimated((), job.past), RULES)
                told = long is not None and ledger.notice(long.name) is not None
                assert told or last is not None, f"{job.name} {job.inputs} was lost"
                assert long is None or last is None, f"{job.name} was trained though it does not fit"

    def check_issues(self, ledger: Ledger) -> None:
        """Hold the issues against their causes: each was told, one is open unless it was closed since, none once mended."""
        issues = self.forge.state.contents.issues()
        ever = Counter(map(first_line, issues))
        opened = Counter(first_line(issue) for issue in issues if issue["state"] == "open")
        assert max(opened.values(), default=0) <= 1
        for line, count in ever.items():
            assert count <= len(self.closed[line]) + 1, "opened twice without being closed"
        addresses = {issue["html_url"] for issue in issues}
        told: Counter[str] = Counter()
        for name, cause, at, url in self.causes(ledger):
            line = line_of(name, cause)
            told[line] += 1
            closed_since = any(moment >= at for moment in self.closed[line])
            assert opened[line] == 1 or closed_since, f"{name} {cause} was not told"
            assert url in addresses
        assert all(count <= told[line] for line, count in ever.items()), (
            "opened more often than there was cause"
        )
        self.check_models(ledger, opened)
        for job in self.jobs():
            old = overdue(job, RULES)
            if old is not None and job.age_days is not None and job.age_days % old.limit_days > 15:
                assert ledger.notice(old.name) is not None, f"nobody was told that {job.name} is old"

    def check_models(self, ledger: Ledger, opened: Counter[str]) -> None:
        """Hold the issues of every model against what happened to it last."""
        assert len(self.unclosed) <= 1
        for name in self.data.keys() - self.unclosed:
            newest = max(ledger.of_job(name), key=lambda one: one.claim.at, default=None)
            if newest is not None and newest.outcome is not None:
                over = outcome_path(newest) in ledger.settled
                self.check_newest(name, newest.outcome, opened, over=over)
        for job in self.jobs():
            self.check_good(job, opened)
            newest = max(ledger.of_job(job.name), key=lambda one: one.claim.at, default=None)
            if job.stale and newest is not None and self.clock.now - self.changed_at[job.name] > 14 * DAY:
                long = too_long(job, estimated((), job.past), RULES) is not None
                assert long or newest.claim.inputs == job.inputs, f"{job.name} came back and was not trained"
                assert long or outcome_path(newest) not in ledger.settled, (
                    f"{job.name} came back, and nobody was told"
                )

    def check_newest(self, name: str, outcome: Outcome, opened: Counter[str], *, over: bool) -> None:
        """Hold the issues of a model against its newest training: what it mended is closed, what it found is open.

        `over`: the ledger says that what it found is over.
        """
        for cause in CAUSES.values():
            line = line_of(name, cause)
            if outcome.ending == "proposed":
                assert opened[line] == 0, f"{name} is proposed, and {cause} is still open"
            if CAUSES.get(outcome.ending) == cause:
                by_people = any(moment >= outcome.at for moment in self.people[line])
                assert opened[line] == 1 or by_people or over, (
                    f"{name} {cause} was closed, and it is not mended"
                )

    def check_good(self, job: Job, opened: Counter[str]) -> None:
        """Hold the issues of a model that is up to date for long against that: none is open but of its age."""
        if job.stale or self.clock.now - self.good_at[job.name] < 14 * DAY or job.name in self.unclosed:
            return
        tried = Ledger(self.log.kept).last(job.work)
        trained_though_wrong = (
            tried is not None and tried.outcome is not None and tried.outcome.ending == "bad-data"
        )
        there = {"bad data": trained_though_wrong, "old": overdue(job, RULES) is not None}
        for cause in (*CAUSES.values(), "long", "old"):
            still = opened[line_of(job.name, cause)]
            assert still == 0 or there.get(cause), f"{job.name} is good, and {cause} is still open"

    def settled(self) -> int:
        """Return how often what was told of a model was over."""
        return sum(one.about == "settled" for one in Ledger(self.log.kept).notices.values())

    def causes(self, ledger: Ledger) -> Iterator[tuple[str, str, float, str]]:
        """Yield the model, the cause, the moment and the issue of everything that was told, as the ledger has it."""
        for tries in ledger.attempts.values():
            for one in tries:
                if one.outcome is not None and one.outcome.ending in CAUSES:
                    yield one.outcome.job, CAUSES[one.outcome.ending], one.outcome.at, one.outcome.url
        for path, entry in self.log.kept.items():
            if path.startswith("notices/"):
                notice = decoded(entry, Notice, path)
                if notice.about != "settled":
                    yield notice.job, notice.about, notice.at, notice.url

    def reported(self, cause: str) -> int:
        """Return how often a person was told of a cause."""
        return sum(one[1] == cause for one in self.causes(Ledger(self.log.kept)))


def line_of(name: str, cause: str) -> str:
    """Return the marker of the issue of a model and a cause."""
    return marker_of(ReportKey(workflow=WORKFLOW, report=f"{name} {cause}"))


def first_line(issue: dict[str, Any]) -> str:
    """Return the marker of an issue."""
    return str(issue["body"]).partition("\n")[0]
