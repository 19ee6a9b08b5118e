"""A whole new host in memory: the five facts and three functions that `host/choose` asks for, a Forge and a CI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import convert
from msgspec.structs import asdict, replace

from mlgit.errors import UsageError
from mlgit.host.ci import Annotation, FinishedRun
from mlgit.host.forge import (
    BranchRules,
    Check,
    Comment,
    ExistsError,
    Issue,
    NewCheck,
    NewCommit,
    Proposal,
    PullRequest,
    RunArtifact,
)
from mlgit.host.payload import read_payload
from mlgit.runs.statement import Invocation
from mlgit.world.context import Context, Credential

TOKENS, TIES, AUTOMATION, JUDGES, MANAGED = (
    ("EXAMPLE_TOKEN",),
    ("EXAMPLE_TRACKING",),
    (".example/",),
    (".example/jobs/",),
    (".example/jobs/mlgit-",),
)
SERVER, ADDRESS = "https://example.host", "https://example.host/churn"


def is_around(environment: Mapping[str, str]) -> bool:
    return "EXAMPLE_JOB" in environment


def ci_of(context: Context) -> ExampleCI:
    return ExampleCI(context)


def forge_of(context: Context, repository: object) -> ExampleForge:
    return ExampleForge()


class ExampleForge:
    def __init__(self, tips: Mapping[str, str] | None = None) -> None:
        self.tips, self.pulls, self.labels = tips or {}, dict[int, PullRequest](), dict[int, Sequence[str]]()
        self.talk, self.kept, self.issues = (
            dict[int, tuple[int, Comment]](),
            dict[int, tuple[NewCheck, Check]](),
            dict[int, Issue](),
        )

    def clean(self, text: str) -> str:
        return text

    def pull_request(self, number: int) -> PullRequest:
        if number not in self.pulls:
            raise UsageError("pull-request-unknown", f"there is no pull request {number}")
        return self.pulls[number]

    def pull_requests_at(self, head_sha: str, *, head: str = "") -> list[PullRequest]:
        return [one for one in self.pulls.values() if one.head_sha == head_sha and head in ("", one.head)]

    def pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        return [one for one in self.pulls.values() if (one.head, one.base) == (f"me:{branch}", base)]

    def ended_pull_requests_from(self, branch: str, *, base: str) -> list[PullRequest]:
        return []

    def create_pull_request(self, proposal: Proposal) -> PullRequest:
        if self.pull_requests_from(proposal.head, base=proposal.base):
            raise ExistsError("it is open")
        number, sides = len(self.pulls) + 1, asdict(proposal) | {"head": f"me:{proposal.head}"}
        made = {"number": number, "head_sha": self.tips.get(proposal.head, ""), "url": f"{ADDRESS}/{number}"}
        return self.pulls.setdefault(number, convert(sides | made, PullRequest))

    def update_pull_request(self, number: int, proposal: Proposal) -> PullRequest:
        self.pulls[number] = replace(self.pulls[number], title=proposal.title, body=proposal.body)
        return self.pulls[number]

    def comments(self, number: int) -> list[Comment]:
        return [comment for place, comment in self.talk.values() if place == number]

    def create_comment(self, number: int, body: str) -> Comment:
        id_ = len(self.talk) + 1
        return self.talk.setdefault(
            id_, (number, Comment(id=id_, author="me", mine=True, body=body, url=f"{ADDRESS}#{id_}"))
        )[1]

    def update_comment(self, comment: int, body: str) -> Comment:
        number, kept = self.talk[comment]
        self.talk[comment] = number, replace(kept, body=body)
        return self.talk[comment][1]

    def checks(self, head_sha: str, name: str) -> list[Check]:
        return [check for new, check in self.kept.values() if (new.head_sha, new.name) == (head_sha, name)]

    def create_check(self, check: NewCheck) -> Check:
        id_ = len(self.kept) + 1
        return self.kept.setdefault(
            id_, (check, Check(id=id_, key=check.key, url=f"{ADDRESS}/checks/{id_}"))
        )[1]

    def branch_rules(self, branch: str) -> BranchRules:
        return BranchRules()

    def file(self, path: str, branch: str) -> bytes | None:
        return None

    def create_commit(self, commit: NewCommit) -> str:
        raise UsageError("forge-unsigned", "nobody signs commits here")

    def artifacts(self, run: int) -> list[RunArtifact]:
        return []

    def archive(self, artifact: int) -> bytes:
        raise UsageError("artifact-missing", f"there is no artifact {artifact}")

    def open_issues(self, label: str) -> list[Issue]:
        return [issue for number, issue in self.issues.items() if label in self.labels[number]]

    def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
        number = len(self.labels) + 1
        self.labels[number] = labels
        return self.issues.setdefault(
            number, Issue(number=number, mine=True, title=title, body=body, url=f"{ADDRESS}/issues/{number}")
        )

    def update_issue(self, number: int, title: str, body: str) -> Issue:
        self.issues[number] = replace(self.issues[number], title=title, body=body)
        return self.issues[number]

    def close_issue(self, number: int, body: str) -> Issue:
        return replace(self.issues.pop(number), body=body)


class ExampleCI:
    base_branch, author, artifacts_address = "main", "robot <robot@example.host>", f"{ADDRESS}/jobs/7"
    has_summary, is_job = True, True

    def __init__(self, context: Context) -> None:
        self.event, self.run, self.workflow, self.pull_request = (
            "push",
            context.environment["EXAMPLE_JOB"],
            "mlgit-ci",
            1,
        )
        self.invocation = Invocation(
            event="push", facts={"run": self.run}, builder=f"{SERVER}/runner", address=self.artifacts_address
        )
        self.credential = Credential(server=SERVER, user="job", variable="EXAMPLE_TOKEN")
        self.outputs, self.summary, self._context = dict[str, str](), "", context

    def opening_address(self, *, base: str, branch: str) -> str:
        return f"{ADDRESS}/propose/{branch}/{base}"

    def payload(self, file: Path | None = None) -> dict[str, Any]:
        return read_payload(file) if file else {}

    def finished_run(self, file: Path) -> FinishedRun:
        return convert(read_payload(file), FinishedRun)

    def write_outputs(self, values: Mapping[str, str]) -> None:
        self.outputs.update(values)

    def add_to_summary(self, markdown: str) -> None:
        self.summary += self._context.redact(markdown)

    def annotated(self, annotations: Sequence[Annotation]) -> str:
        return "".join(f"[{one.level}] {one.title}\n" for one in annotations)
