"""Who may do what: permissions, tokens, secrets, forks, the privileged half."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlgit.host.github.workflows.patterns import matches
from tests.workflows.reading import CD, CI, COMMENT, CT, DATA, Job, Rendered, expressions_in
from tests.workflows.rules.table import CHANGE, LOGINS, OUTSIDE, PULL_REQUEST, rule


@rule
def no_permission_at_the_top(rendered: Rendered) -> Iterator[str]:
    for path, workflow in rendered.workflows.items():
        if workflow.get("permissions") != {}:
            yield f"{path}: permissions at the top are not empty"


@rule
def each_job_has_exactly_the_permissions_it_needs(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        if job.value.get("permissions") != needed_permissions(job):
            yield f"{job.place}: has {job.value.get('permissions')}, needs {needed_permissions(job)}"


def needed_permissions(job: Job) -> dict[str, str]:
    """Return the permissions that the steps of a job cannot do without."""
    needed: dict[str, str] = {}
    for step in job.steps:
        if step.action == "actions/checkout":
            needed.setdefault("contents", "read")
        if step.action == "actions/download-artifact" and "run-id" in step.options:
            needed["actions"] = "read"
        if "push origin" in step.run or "mlgit retrain --step claim" in step.run:
            needed["contents"] = "write"
        if re.search(
            r"mlgit (retrain --step conclude|data update --step propose|deploy.* --step (release|conclude))",
            step.run,
        ) and not has_app(job):
            needed.update({"contents": "write", "pull-requests": "write", "issues": "write"})
        if "mlgit affected" in step.run and "--green" in step.run:
            needed["checks"] = "read"
        if "mlgit comment" in step.run and "--gather" not in step.run:
            needed.update({"pull-requests": "write", "checks": "write"})
        if "mlgit comment" in step.run and "--fetch" in step.run:
            needed["actions"] = "read"
        if step.action in LOGINS and "credentials_json" not in step.options:
            needed["id-token"] = "write"
    return needed


def has_app(job: Job) -> bool:
    """Tell whether a job writes under the identity of an App, which brings rights of its own."""
    return any(step.action == "actions/create-github-app-token" for step in job.steps)


@rule
def an_app_gets_no_more_than_it_needs(rendered: Rendered) -> Iterator[str]:
    for step in rendered.steps:
        if step.action == "actions/create-github-app-token":
            given = {name for name in step.options if name.startswith("permission-")}
            if given != {"permission-contents", "permission-issues", "permission-pull-requests"}:
                yield f"{step.place}: {sorted(given)}"


@rule
def every_permission_says_why(rendered: Rendered) -> Iterator[str]:
    for place, line in rendered.lines():
        if re.match(r"\s+[a-z-]+: (read|write)\b", line) and not re.search(r"(read|write) # \w+", line):
            yield f"{place}: {line.strip()}"


@rule
def checkouts_leave_no_token_behind(rendered: Rendered) -> Iterator[str]:
    for step in rendered.steps:
        if step.action == "actions/checkout" and step.options.get("persist-credentials") is not False:
            yield f"{step.place}: persist-credentials is not false"


@rule
def secrets_stand_by_name_in_steps_of_jobs_with_an_environment(rendered: Rendered) -> Iterator[str]:
    for path, workflow in rendered.workflows.items():
        outside_jobs = {key: value for key, value in workflow.items() if key != "jobs"}
        if any("secrets" in expression for expression in expressions_in(outside_jobs)):
            yield f"{path}: a secret outside of jobs"
    for job in rendered.jobs:
        around = {key: value for key, value in job.value.items() if key != "steps"}
        if "secrets" in around or any("secrets" in expression for expression in expressions_in(around)):
            yield f"{job.place}: a secret for the whole job"
        used = [text for step in job.steps for text in expressions_in(step.value) if "secrets" in text]
        yield from (
            f"{job.place}: {text}" for text in used if not re.fullmatch(r"secrets\.[A-Z_][A-Z0-9_]*", text)
        )
        if used and not job.value.get("environment"):
            yield f"{job.place}: a secret without an environment"
    for action in rendered.actions:
        if any("secrets" in expression for expression in expressions_in(action.value)):
            yield f"{action.place}: a secret"


@rule
def forks_never_get_a_credential_nor_the_training_runner(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        if job.file != CI:
            continue
        never_of_forks = NEVER_OF_FORKS.fullmatch(str(job.value.get("environment")))
        given = [
            text
            for step in job.steps
            for name, value in (*step.options.items(), *step.value.items())
            if not (never_of_forks and name in ("index-secret", "with"))
            for text in expressions_in(value)
        ]
        entrusted = (
            (job.value.get("environment") and not never_of_forks)
            or "write" in job.value.get("permissions", {}).values()
            or any("secrets." in text for text in given)
            or any(step.action in LOGINS for step in job.steps)
            or "mlgit train" in job.commands
        )
        if entrusted and f"&& !{OUTSIDE}" not in job.condition:
            yield f"{job.place}: a fork can start it"
        if job.name.endswith("-fork") and not job.condition.endswith(f"&& {OUTSIDE}"):
            yield f"{job.place}: is not for forks"


NEVER_OF_FORKS = re.compile(re.escape("${{ !" + OUTSIDE + " && ") + r"'[^']+' \|\| '' \}\}")
"""The environment of a job that forks start, too: theirs has none."""


@rule
def what_opens_the_index_reaches_the_installer_alone(rendered: Rendered) -> Iterator[str]:
    """Jobs of forks never name the secret, jobs that install all do or none does, and one step of the setup sees it."""
    own = [step for action in rendered.actions for step in action.steps]
    seen = [step for step in own if "inputs.index-secret" in str(step.value)]
    asked = any("index-secret" in action.value["inputs"] for action in rendered.actions)
    for step in seen:
        if step.value.get("name") != "Install" or "index-secret" in step.run:
            yield f"{step.place}: sees what opens the index"
        if step.value["env"].get("UV_INDEX_OWN_PASSWORD") != "${{ inputs.index-secret }}":
            yield f"{step.place}: does not open the index"
    if asked != bool(seen):
        yield "the setup asks for a secret that nobody takes"
    for job in rendered.jobs:
        for step in job.steps:
            given = "index-secret" in step.options
            if given and (not step.action.endswith("mlgit-setup") or job.name.endswith("-fork")):
                yield f"{step.place}: is told what opens the index"
            if step.action.endswith("mlgit-setup") and not job.name.endswith("-fork") and given != asked:
                yield f"{step.place}: cannot open the index"


@rule
def what_the_repository_sets_up_runs_beside_no_right(rendered: Rendered) -> Iterator[str]:
    """System packages, the script and the image are of jobs that run code of the repository anyway, and may write nothing."""
    for action in rendered.actions:
        for step in action.steps:
            own = {"SETUP", "PACKAGES"} & set(step.value.get("env", {}))
            if own and step.value.get("if") != "inputs.install == 'all'":
                yield f"{step.place}: runs beside rights"
    for job in rendered.jobs:
        rights = {name for name, right in job.value.get("permissions", {}).items() if right == "write"}
        alone = [step.options.get("install") for step in job.steps if step.action.endswith("mlgit-setup")]
        if "container" in job.value and (rights - {"id-token"} or alone != ["all"] or has_app(job)):
            yield f"{job.place}: an image of the repository's choice beside rights"


LENT = r"mlgit ((data update|retrain) --step (fetch|keep)|deploy.* --step (release|fetch|conclude))\b"
"""The steps that mlgit.yaml lends credentials to: those of the sources, those around a training that call `dvc pull` and
`dvc push` and nothing else, and those of a delivery that run nothing of the repository."""


WORDS = r'mapfile -t pull <<< "\$PULL"\n'
"""What a job of a matrix begins with: the words of `dvc pull`, a line each."""


@rule
def credentials_stay_with_the_steps_that_need_them(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        logged_in = False
        for step in job.steps:
            if step.action in LOGINS:
                logged_in = step.action != LOGINS[0]
                options = step.options
                kept = str(options.get("output-env-credentials", options.get("export_environment_variables")))
                if step.action != "azure/login" and kept != "false":
                    yield f"{step.place}: every later step gets the credentials"
            elif step.value.get("name") == "Log out" and step.value.get("if") == "always()":
                logged_in = False
            elif logged_in and re.search(r"\bmlgit [a-z]", step.run) and not re.match(LENT, step.run):
                yield f"{step.place}: runs the repository's code while logged in"
            holds = any("secrets." in text for text in expressions_in(step.value.get("env", {})))
            if holds and not re.match(rf"({WORDS})?(if )?dvc (pull|push)\b|{LENT}", step.run):
                yield f"{step.place}: a secret for something else than the storage and the sources"


@rule
def what_is_fetched_of_the_base_is_named_by_the_base_alone(rendered: Rendered) -> Iterator[str]:
    fetch = 'dvc --cd "$RUNNER_TEMP/mlgit-needs" fetch'
    for job in rendered.jobs:
        if job.file != CI or not re.fullmatch("(data|model)(-fork)?", job.name):
            continue
        runs = [step.run for step in job.steps]
        named = [at for at, run in enumerate(runs) if '--needs "$RUNNER_TEMP/mlgit-needs"' in run]
        fetched = [at for at, run in enumerate(runs) if fetch in run]
        own_code = [at for at, run in enumerate(runs) if re.search(r"mlgit (check|train)", run)]
        if len(named) != 1 or len(fetched) != 1 or not named[0] < fetched[0] < min(own_code):
            yield f"{job.place}: the base is not fetched before code of the repository runs"
        for at in named:
            base = PULL_REQUEST if job.name.startswith("data") else CHANGE
            if job.steps[at].value.get("env", {}).get("BASE") != base:
                yield f"{job.steps[at].place}: it is not the base whose needs are named"
        for at in fetched:
            if commands(runs[at]) - {"mapfile", "dvc", "if", "[", "then", "elif", "else", "echo", "fi"}:
                yield f"{job.steps[at].place}: runs something else beside the credentials"


@rule
def the_privileged_half_runs_nothing_of_the_pull_request(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        if job.file != COMMENT:
            continue
        if "github.event.workflow_run.event == 'pull_request'" not in job.condition:
            yield f"{job.place}: runs for other events, too"
        for step in job.steps:
            if step.action == "actions/checkout" and set(step.options) != {"persist-credentials"}:
                yield f"{step.place}: checks out something else than the default branch"
            if step.action.endswith("mlgit-setup") and step.options.get("install") != "alone":
                yield f"{step.place}: installs more than mlgit"
            if re.search(r"head_(branch|sha|repository|commit)|pull_requests", str(step.value)):
                yield f"{step.place}: uses what the pull request chose"
            if step.run and commands(step.run) - {
                "if",
                "then",
                "fi",
                "echo",
                "exit",
                "mlgit",
            }:
                yield f"{step.place}: runs {sorted(commands(step.run))}"


def commands(script: str) -> set[str]:
    """Return the first word of every line of a script, continued lines left out."""
    joined = script.replace("\\\n", " ")
    return {
        line.split()[0] for line in joined.splitlines() if line.strip() and not line.strip().startswith("#")
    }


@rule
def triggers_are_the_agreed_ones(rendered: Rendered) -> Iterator[str]:
    ci, comment = rendered.workflows[CI], rendered.workflows[COMMENT]
    wanted = {"pull_request", "merge_group", "push", "workflow_dispatch"}
    if set(ci["on"]) != wanted or list(ci["on"]["pull_request"]) != ["types"]:
        yield f"{CI}: {ci['on']}"
    if list(ci["on"].get("push") or {}) != ["branches"] or len(ci["on"]["push"]["branches"]) != 1:
        yield f"{CI}: push is not limited to the default branch"
    if comment["on"] != {"workflow_run": {"workflows": [ci["name"]], "types": ["completed"]}}:
        yield f"{COMMENT}: {comment['on']}"
    ct = rendered.workflows.get(CT, {"on": {"workflow_dispatch": None}})
    if (
        not {"workflow_dispatch"}
        <= set(ct["on"])
        <= {"push", "schedule", "repository_dispatch", "workflow_dispatch"}
    ):
        yield f"{CT}: {ct['on']}"
    if "push" in ct["on"] and set(ct["on"]["push"]) != {"branches", "paths"}:
        yield f"{CT}: push is not limited to paths of the default branch"
    data = rendered.workflows.get(DATA)
    if data is not None and (
        set(data["on"]) != {"schedule", "workflow_dispatch"}
        or set(data["on"]["workflow_dispatch"]) != {"inputs"}
    ):
        yield f"{DATA}: {data['on']}"
    cd = rendered.workflows.get(CD)
    if cd is not None and (
        set(cd["on"]) != {"push", "workflow_dispatch"} or list(cd["on"]["push"]) != ["branches"]
    ):
        yield f"{CD}: {cd['on']}"
    for path, workflow in rendered.workflows.items():
        if "pull_request_target" in workflow["on"]:
            yield f"{path}: pull_request_target"


@rule
def who_retrains_or_fetches_may_not_write_and_who_writes_runs_no_code(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        if job.file not in (CT, DATA, CD):
            continue
        runs_code = any(
            step.run and commands(step.run) - {"mlgit", "dvc", "echo", "rm", "az"} for step in job.steps
        ) or bool(re.search(r"--step (train|apply)|data update --step fetch|dvc (?!pull|push)", job.commands))
        full = any(
            step.action.endswith("mlgit-setup") and step.options.get("install") != "alone"
            for step in job.steps
        )
        rights = {name for name, right in job.value.get("permissions", {}).items() if right == "write"}
        if (runs_code or full) and (rights - {"id-token"} or has_app(job)):
            yield f"{job.place}: runs code of the repository and may write {sorted(rights)}"
        if runs_code and "github.token" in str(job.value):
            yield f"{job.place}: runs code of the repository beside a token"


@rule
def a_delivery_goes_on_by_itself_and_deploys_what_the_default_branch_says(
    rendered: Rendered,
) -> Iterator[str]:
    jobs = {job.name: job for job in rendered.jobs if job.file == CD}
    branches = rendered.workflows[CI]["on"]["push"]["branches"]
    for job in jobs.values():
        refs = [step.options.get("ref") for step in job.steps if step.action == "actions/checkout"]
        if refs != branches:
            yield f"{job.place}: checks out {refs}"
        kind, _, environment = job.name.partition("-")
        named = [run for run in (step.run for step in job.steps) if "mlgit deploy" in run]
        order = [run.partition("--step ")[2].split()[0] for run in named]
        wanted = {"release": ["release"], "deploy": ["fetch", "apply"], "conclude": ["conclude"]}[kind]
        if order != wanted or any(f"mlgit deploy {environment}".strip() not in run for run in named):
            yield f"{job.place}: takes the steps {order}"
        if (
            kind == "deploy"
            and f"contains(needs.release.outputs.due, '|{environment}|')" not in job.condition
        ):
            yield f"{job.place}: deploys also what is not due"
        if kind == "deploy" and job.value["environment"].get("name") != environment:
            yield f"{job.place}: the rules of the environment do not count"
        if (
            kind == "conclude"
            and job.condition != f"!cancelled() && needs.deploy-{environment}.result != 'skipped'"
        ):
            yield f"{job.place}: a failure is not concluded"


@rule
def data_are_fetched_and_proposed_at_the_default_branch(rendered: Rendered) -> Iterator[str]:
    jobs = {job.name: job for job in rendered.jobs if job.file == DATA}
    if jobs and (set(jobs) != {"fetch", "propose"} or jobs["propose"].needs != ["fetch"]):
        yield f"{DATA}: the jobs are {sorted(jobs)}"
    branches = rendered.workflows[CI]["on"]["push"]["branches"]
    for job in jobs.values():
        refs = [step.options.get("ref") for step in job.steps if step.action == "actions/checkout"]
        if refs != branches:
            yield f"{job.place}: checks out {refs}"
        if job.condition:
            yield f"{job.place}: may be skipped"
    order = [
        step.run.partition("--step ")[2].split()[0]
        for job in jobs.values()
        for step in job.steps
        if "--step" in step.run
    ]
    if jobs and order != ["fetch", "keep", "propose"]:
        yield f"{DATA}: the order is {order}"


@rule
def a_retraining_starts_no_retraining(rendered: Rendered) -> Iterator[str]:
    paths = (rendered.workflows.get(CT, {"on": {}})["on"].get("push") or {}).get("paths", [])
    for written in (
        "dvc.lock",
        "models/a/dvc.lock",
        "metrics/test.json",
        ".mlgit/runs/a.json",
        "model/.gitignore",
    ):
        if matches(paths, written):
            yield f"{CT}: what a retraining writes, {written}, starts one"
