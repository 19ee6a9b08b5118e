"""A whole new host: the five facts and three functions that `host/choose` asks for, a forge in a folder and a CI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlgit.git.repository import Repository
from mlgit.host.ci import CI, Annotation
from mlgit.host.kept import KeptForge
from mlgit.runs.statement import Invocation
from mlgit.world.context import Context, Credential

SERVER, TOKENS, TIES = "https://example.host", ("EXAMPLE_TOKEN",), ("EXAMPLE_TRACKING",)
AUTOMATION, JUDGES, MANAGED = (".example/",), (".example/jobs/",), (".example/jobs/mlgit-",)


def is_around(environment: Mapping[str, str]) -> bool:
    return "EXAMPLE_JOB" in environment


def ci_of(context: Context) -> ExampleCI:
    return ExampleCI(context)


def forge_of(context: Context, repository: Repository) -> ExampleForge:
    return ExampleForge(repository.root / ".example", context.redactor)


class ExampleForge(KeptForge):
    def tip(self, branch: str) -> str | None:
        return {"main": "a" * 40, "retrain": "b" * 40}.get(branch)

    def file(self, path: str, branch: str) -> bytes | None:
        return None


class ExampleCI(CI):
    is_job, has_summary, event, workflow, base_branch = True, True, "push", "mlgit-ci", "main"
    artifacts_address = f"{SERVER}/jobs/7"
    credential = Credential(server=SERVER, user="job", variable="EXAMPLE_TOKEN")

    def __init__(self, context: Context) -> None:
        self.run, self._context = context.environment["EXAMPLE_JOB"], context
        self.outputs, self.summary = dict[str, str](), ""

    @property
    def invocation(self) -> Invocation:
        return Invocation(event="push", facts={"run": self.run}, builder=f"{SERVER}/runner")

    def opening_address(self, *, base: str, branch: str) -> str:
        return f"{SERVER}/propose/{branch}/{base}"

    def write_outputs(self, values: Mapping[str, str]) -> None:
        self.outputs.update(values)

    def add_to_summary(self, markdown: str) -> None:
        self.summary += self._context.redact(markdown)

    def annotated(self, annotations: Sequence[Annotation]) -> str:
        return "".join(f"[{one.level}] {one.title}\n" for one in annotations)
