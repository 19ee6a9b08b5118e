"""The actions that are used: pins, inputs, artifacts, caches, what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from mlgit.render.managed import OLDEST_PYTHON
from mlgit.render.pins import COMMIT, PINS, SERVER_PINS, VERSION
from tests.workflows.reading import COMMENT, DEPENDABOT, Rendered
from tests.workflows.rules.table import RECORDED, rule


@rule
def every_action_is_pinned_by_the_table(rendered: Rendered) -> Iterator[str]:
    for place, line in rendered.lines():
        if "uses:" not in line:
            continue
        name, _, reference = line.partition("uses:")[2].strip().partition("@")
        if name.startswith("./"):
            if f"{name.split(' ')[0][2:]}/action.yml" not in rendered.files:
                yield f"{place}: there is no {name}"
            continue
        commit, _, version = reference.partition(" # ")
        mirrored = version.removeprefix("mlgit.yaml has it in place of ")
        if COMMIT.match(commit) and version != mirrored and mirrored in PINS:
            continue
        pins = [one.get("/".join(name.split("/")[:2])) for one in (PINS, SERVER_PINS)]
        if not COMMIT.match(commit) or not VERSION.match(version.removesuffix("-node20")):
            yield f"{place}: not pinned by commit and version"
        elif not any(pin is not None and (commit, version) == (pin.commit, pin.version) for pin in pins):
            yield f"{place}: not in the table"


@rule
def only_actions_on_record_with_inputs_they_have(rendered: Rendered) -> Iterator[str]:
    own = {
        "./" + path.removesuffix("/action.yml"): value["inputs"]
        for path, value in rendered.values.items()
        if "/actions/" in path
    }
    for step in rendered.steps:
        if not step.action:
            continue
        known = RECORDED.get(step.value["uses"]) or RECORDED.get(step.action)
        inputs = known["inputs"] if known else own.get(step.action)
        if inputs is None:
            yield f"{step.place}: {step.action} is not on record"
            continue
        yield from (f"{step.place}: no input {name}" for name in step.options if name not in inputs)
        required = known["required"] if known else []
        yield from (f"{step.place}: lacks {name}" for name in required if name not in step.options)


@rule
def mlgit_alone_has_a_python_that_runs_it(rendered: Rendered) -> Iterator[str]:
    for step in rendered.steps:
        if step.action == "astral-sh/setup-uv":
            wanted = str(step.options["python-version"])
            alone = re.search(r"inputs\.install == 'alone' && '([0-9.]+)' \|\| ", wanted)
            version = alone[1] if alone else wanted
            if tuple(map(int, version.split("."))) < OLDEST_PYTHON:
                yield f"{step.place}: mlgit does not run with Python {version}"


@rule
def artifacts_are_named_and_stay_in_the_temporary_folder(rendered: Rendered) -> Iterator[str]:
    uploaded = {
        step.options.get("name") for step in rendered.steps if step.action == "actions/upload-artifact"
    }
    for step in rendered.steps:
        if step.action not in ("actions/upload-artifact", "actions/download-artifact"):
            continue
        if not str(step.options.get("path", "")).startswith("${{ runner.temp }}/mlgit-"):
            yield f"{step.place}: the path is not below runner.temp"
        name = step.options.get("name", step.options.get("pattern"))
        if (name is not None or not rendered.server) and not re.fullmatch(
            r"[a-z][a-z0-9_-]*", str(name).removesuffix("*").removesuffix("${{ matrix.id }}")
        ):
            yield f"{step.place}: the name is not a plain one"
        if step.action == "actions/upload-artifact":
            if (
                step.options.get("if-no-files-found") not in ("error", "warn")
                or "retention-days" not in step.options
            ):
                yield f"{step.place}: lacks what to do without files, or a time to keep"
            continue
        if name is not None and not any(fnmatchcase(str(one), str(name)) for one in uploaded):
            yield f"{step.place}: nobody uploads {name}"
        if step.options.get("digest-mismatch") != "error" and not rendered.server:
            yield f"{step.place}: takes an artifact whose digest is wrong"
        if step.file == COMMENT and str(step.options.get("skip-decompress")) != "true":
            yield f"{step.place}: unpacks before mlgit has looked"


@rule
def pull_requests_only_read_caches(rendered: Rendered) -> Iterator[str]:
    for step in rendered.steps:
        if step.action == "actions/cache":
            yield f"{step.place}: saves in every event"
        if step.action == "actions/cache/save" and "github.event_name == 'push'" not in str(
            step.value.get("if")
        ):
            yield f"{step.place}: saves in pull requests"
        if step.action == "actions/cache/restore":
            key = str(step.options.get("key"))
            if not all(part in key for part in ("runner.os", "hashFiles(", "mlgit-")):
                yield f"{step.place}: the key lacks the system or the lock file"
        if step.action == "astral-sh/setup-uv" and str(step.options.get("enable-cache")) != "false":
            yield f"{step.place}: has a cache of its own"
    for job in rendered.jobs:
        writes = (
            "write" in job.value.get("permissions", {}).values()
            and "id-token" not in job.value["permissions"]
        )
        full = any(
            step.action.endswith("mlgit-setup") and step.options.get("install") != "alone"
            for step in job.steps
        )
        if writes and full:
            yield f"{job.place}: a job that writes takes packages from the cache"


@rule
def dependabot_leaves_the_managed_files_to_mlgit(rendered: Rendered) -> Iterator[str]:
    for update in rendered.values[DEPENDABOT]["updates"]:
        if ".github/workflows/mlgit-*.yml" not in update.get("exclude-paths", []):
            yield f"{DEPENDABOT}: edits what mlgit writes"
        if not update.get("cooldown"):
            yield f"{DEPENDABOT}: takes a version on its first day"


AT_COMMIT = re.compile(r"@ git\+https://[^@ ]+@[0-9a-f]{40}")
INSTALL = re.compile(r"((?:VIRTUAL_ENV=\S+ )?uv pip install .*)")
OWN = 'VIRTUAL_ENV="$TOOLS" uv pip install '
THEIRS = "uv pip install "
LOCKED = THEIRS + "--quiet --require-hashes --requirement "
BY_DIGEST = frozenset(
    {
        LOCKED + ".mlgit/install/mlgit.txt",
        LOCKED + '"$wanted"',
        OWN + "--quiet --require-hashes --requirement .mlgit/install/jobs.txt",
        OWN + '--quiet --requirement "$WAYS"',
        THEIRS + '--quiet --no-deps --require-hashes --requirement "$LACKING" \\',
    }
)
"""What every setup installs: each package by the digest of its file, but DVC's ways in the version of the user's lock."""
BY_OTHERS = {
    "REQUIREMENTS": (THEIRS + '--quiet --requirement "$wanted"',),
    "MLGIT": (
        THEIRS + '--quiet --no-deps --no-build-isolation "$MLGIT"',
        OWN + '--quiet --no-deps --no-build-isolation "$MLGIT"',
    ),
    "MLGIT_ALL": (OWN + '--quiet "$MLGIT_ALL"',),
    "MLGIT_ALONE": (THEIRS + '--quiet "$MLGIT_ALONE"',),
}
"""What may come without: a lock file of the user's without digests, mlgit from a commit, mlgit as mlgit.yaml names it."""


@rule
def the_setup_installs_by_digest(rendered: Rendered) -> Iterator[str]:
    for action in rendered.actions:
        installed = set(INSTALL.findall(action.commands))
        given = {name for step in action.steps for name in step.value.get("env", {})}
        allowed = BY_DIGEST | {one for name, words in BY_OTHERS.items() if name in given for one in words}
        for words in sorted(installed ^ allowed):
            yield f"{action.place}: {'installs' if words in installed else 'does not install'} {words}"
        if "MLGIT" in given and not AT_COMMIT.search(str(action.value)):
            yield f"{action.place}: takes mlgit from no commit"


@rule
def what_is_installed_says_the_key_of_the_cache(rendered: Rendered) -> Iterator[str]:
    for action in rendered.actions:
        keys = [
            str(step.options.get("key")) for step in action.steps if step.action == "actions/cache/restore"
        ]
        if not all("'.mlgit/install/*.txt'" in key for key in keys):
            yield f"{action.place}: another mlgit finds the packages of the one before"


@rule
def versions_are_quoted(rendered: Rendered) -> Iterator[str]:
    for place, line in rendered.lines():
        if re.match(r"\s+(python-version|version): ", line) and '"' not in line:
            yield f"{place}: {line.strip()}"
