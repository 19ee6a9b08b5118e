"""What of a repository's own workflows mlgit's do: the same files without it, as a difference that `git apply` takes. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from mlgit import yamlfile
from mlgit.adoption.standing import Standing, mapping
from mlgit.errors import UsageError

REPLACED = re.compile(
    r"(?:dvc\s+(?:pull|fetch|repro|push|exp\s+run|status|metrics\s+(?:show|diff)|params\s+diff|plots\s+(?:show|diff))"
    r"|cml(?:\s+|-)(?:comment|publish|send-\w+|runner|pr))\b"
)
"""Commands that mlgit-ci does."""
REPORTS = re.compile(
    r"(?:dvc\s+(?:metrics|params|plots)\s+(?:show|diff)|cml(?:\s+|-)(?:comment|publish|send-\w+))\b"
)
"""Those of them that no later step needs: what is fetched or trained may be deployed by the next."""
AROUND = re.compile(
    r"(?:#|echo\b|cat\b|printf\b|cd\b|git\s+fetch\b|pip3?\s+install\s+(?:-\S+\s+)*[\"']?dvc\S*\s*\Z)"
)
"""Commands that only serve those around them: a report, a fetch."""
SETUP = re.compile(r"iterative/setup-cml@")
ACTIONS = re.compile(r"iterative/setup-(?:cml|dvc)@")
PREPARES = re.compile(
    r"(?:actions/(?:checkout|setup-python|setup-node|cache)|astral-sh/setup-uv|conda-incubator/setup-miniconda)@"
)
INSTALLS = re.compile(r"(?:python3?\s+-m\s+)?(?:pip3?|uv|poetry|conda|mamba|npm)\b")
SEPARATORS = re.compile(r"&&|\|\||;")
TRAINS = re.compile(r"\bdvc\s+(?:repro|exp\s+run)\b")


class Migration(Struct, frozen=True, kw_only=True):
    """The differences by path, `trains`: one of what is taken out trains, `broken` what could not be read and why."""

    differences: dict[str, str]
    trains: bool
    broken: dict[str, str]


def migration(files: Standing) -> Migration:
    """Return what of the workflows of a repository mlgit's own do."""
    differences: dict[str, str] = {}
    broken: dict[str, str] = {}
    trains = False
    for path in files.workflows():
        text = files.text(path)
        try:
            rest = without(text, path)
        except UsageError as error:
            broken[path] = error.message
            continue
        if rest != text:
            differences[path] = difference(path, text, rest)
            trains = trains or len(TRAINS.findall(rest)) < len(TRAINS.findall(text))
    return Migration(differences=differences, trains=trains, broken=broken)


def difference(path: str, old: str, new: str) -> str:
    """Return a difference in Git's form; a file of which nothing is left is deleted."""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        new.splitlines(keepends=True),
        f"a/{path}",
        f"b/{path}" if new else "/dev/null",
    )
    ended = [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    head = f"diff --git a/{path} b/{path}\n" + ("" if new else "deleted file mode 100644\n")
    return head + "".join(ended)


def without(text: str, path: str) -> str:
    """Return a workflow without what mlgit does: steps, a job whose other steps only prepare, or all of it, then empty text."""
    document = yamlfile.read(text, path)
    jobs = {name: mapping(job) for name, job in mapping(mapping(document.value).get("jobs")).items()}
    lines = text.splitlines(keepends=True)
    whole = replaced_jobs(jobs)
    starts = [document.line("jobs", name) - 1 for name in whole]
    for name, job in jobs.items():
        if name not in whole and not all(map(does_ours, steps_of(job))):
            numbers = [
                number for number, step in enumerate(steps_of(job)) if only_reports(step, steps_of(job))
            ]
            starts += [document.line("jobs", name, "steps", number) - 1 for number in numbers]
    gone = {line for start in starts for line in range(start, block_end(lines, start))}
    if jobs and len(whole) == len(jobs):
        return ""
    return "".join(line for at, line in enumerate(lines) if at not in gone)


def replaced_jobs(jobs: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the jobs of which nothing is left without what mlgit does, and for which no other one waits."""
    whole = {
        name
        for name, job in jobs.items()
        if any(map(is_replaced, steps_of(job))) and all(map(does_ours, steps_of(job)))
    }
    while needed := {one for name, job in jobs.items() if name not in whole for one in needs(job)} & whole:
        whole -= needed
    return whole


def does_ours(step: Any) -> bool:
    """Tell whether nothing is lost with a step: mlgit does it, or it only prepares what mlgit does."""
    return is_replaced(step) or prepares(step)


def steps_of(job: Mapping[str, Any]) -> list[Any]:
    """Return the steps of a job."""
    steps = job.get("steps")
    return steps if isinstance(steps, list) else []


def needs(job: Mapping[str, Any]) -> list[str]:
    """Return the jobs that a job waits for."""
    named = job.get("needs")
    return [named] if isinstance(named, str) else [str(one) for one in named or []]


def is_replaced(step: Any) -> bool:
    """Tell whether a step does nothing but what mlgit's do: it sets up CML or DVC, or calls them."""
    if ACTIONS.match(str(mapping(step).get("uses", ""))):
        return True
    commands = list(commands_of(step))
    return any(map(REPLACED.match, commands)) and all(
        REPLACED.match(one) or AROUND.match(one) for one in commands
    )


def only_reports(step: Any, steps: list[Any]) -> bool:
    """Tell whether a step reports and does nothing else, or sets up CML for such steps alone: none that stays needs it."""
    if SETUP.match(str(mapping(step).get("uses", ""))):
        rest = [one for one in steps if one is not step and not only_reports(one, [])]
        return (
            bool(steps) and len(rest) < len(steps) - 1 and not any("cml" in str(one).lower() for one in rest)
        )
    commands = list(commands_of(step))
    return any(map(REPORTS.match, commands)) and all(
        REPORTS.match(one) or AROUND.match(one) for one in commands
    )


def prepares(step: Any) -> bool:
    """Tell whether a step only prepares others: it checks out, sets up a program, installs packages."""
    if PREPARES.match(str(mapping(step).get("uses", ""))):
        return True
    commands = list(commands_of(step))
    return bool(commands) and all(INSTALLS.match(one) or AROUND.match(one) for one in commands)


def commands_of(step: Any) -> Iterator[str]:
    """Yield the commands of a step, one for each line that continues none."""
    text = str(mapping(step).get("run", "")).replace("\\\n", " ")
    for line in text.splitlines():
        yield from (part.strip() for part in SEPARATORS.split(line) if part.strip())


def block_end(lines: list[str], start: int) -> int:
    """Return the line behind a block that starts at a line: the next one that is indented no deeper."""
    depth = indent(lines[start])
    for at in range(start + 1, len(lines)):
        if lines[at].strip() and indent(lines[at]) <= depth:
            return at
    return len(lines)


def indent(line: str) -> int:
    """Return how deep a line is indented, in characters."""
    return len(line) - len(line.lstrip(" "))
