"""How jobs hang together: what waits for what, what is handed over, what is required."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.workflows.reading import CI, CT, Rendered, Step, expressions_in, texts_in
from tests.workflows.rules.table import CHANGE, PULL_REQUEST, RECORDED, SUBJECTS, rule

ONLY_PULL_REQUESTS = "${{ github.event_name == 'pull_request' }}"
OF_ITS_OWN = "${{ github.event_name == 'pull_request' && github.ref || github.sha }}"


@rule
def runs_of_one_branch_do_not_pile_up(rendered: Rendered) -> Iterator[str]:
    for path, workflow in rendered.workflows.items():
        concurrency = workflow.get("concurrency") or {}
        if not str(concurrency.get("group", "")).startswith(workflow["name"] + "-${{"):
            yield f"{path}: no group of its own"
        if concurrency.get("cancel-in-progress") != (ONLY_PULL_REQUESTS if path == CI else False):
            yield f"{path}: CI cancels for pull requests, what writes waits"
        if path == CI and concurrency.get("group") != f"{workflow['name']}-{OF_ITS_OWN}":
            yield f"{path}: a commit of the branch has no run of its own"


@rule
def a_change_is_judged_by_the_base_it_goes_to(rendered: Rendered) -> Iterator[str]:
    triggers = rendered.workflows[CI]["on"]
    pulls = triggers.get("pull_request") or {}
    ready = {"ready_for_review"} if waits_for_drafts(rendered) else set()
    if set(pulls.get("types", ())) != {"opened", "synchronize", "reopened", "edited"} | ready:
        yield f"{CI}: a pull request that goes to another base keeps its checks"
    if triggers.get("merge_group") != {"types": ["checks_requested"]}:
        yield f"{CI}: a merge queue waits for ever"
    branch = triggers["push"]["branches"][0]
    other = "format('required for {0}', github.base_ref)"
    here = f"github.base_ref == '{branch}'"
    (required,) = (job for job in rendered.jobs if (job.file, job.name) == (CI, "required"))
    hand = "github.event_name == 'workflow_dispatch' && 'required, by hand' || "
    draft = "github.event.pull_request.draft && 'required when ready' || " if ready else ""
    if required.value.get("name") != (
        f"${{{{ {hand}{draft}(github.event_name != 'pull_request' || {here}) && 'required' || {other} }}}}"
    ):
        yield f"{required.place}: what another base judged stands for the check that is required"


def waits_for_drafts(rendered: Rendered) -> bool:
    """Tell whether the models of a draft are looked at once it is ready."""
    return any(READY in job.condition for job in rendered.jobs if job.file == CI)


CHECKS = "${{ runner.temp }}/mlgit-check"
READY = "!github.event.pull_request.draft"


@rule
def drafts_take_no_runner_that_trains(rendered: Rendered) -> Iterator[str]:
    """Neither a training nor a runner that a model has for itself starts for a draft, which is told as what it is."""
    jobs = {job.name: job for job in rendered.jobs if job.file == CI}
    ran = [jobs[name] for name in ("model", "model-fork") if name in jobs]
    gathered = [jobs["models"]] if "models" in jobs else []
    costly = any("mlgit train" in job.commands for job in ran)
    if costly and not waits_for_drafts(rendered):
        yield f"{ran[0].place}: trains for a draft"
    if waits_for_drafts(rendered):
        yield from (
            f"{job.place}: runs for a draft" for job in (*ran, *gathered) if READY not in job.condition
        )
        judged = jobs["required"].steps[0].value["env"]
        for name in ("MODEL", *(("MODELS",) if gathered else ())):
            if READY.removeprefix("!") not in str(judged.get(name)):
                yield f"{jobs['required'].place}: fails for a draft"


@rule
def every_job_has_a_time_limit_and_a_runner(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        limit = job.value.get("timeout-minutes")
        of_matrix = "matrix" in str(job.value.get("strategy")) and limit == "${{ matrix.minutes }}"
        if not isinstance(limit, int) and not of_matrix:
            yield f"{job.place}: no time limit"
        if not job.value.get("runs-on"):
            yield f"{job.place}: no runner"


@rule
def one_job_is_required_and_looks_at_all_others(rendered: Rendered) -> Iterator[str]:
    jobs = {job.name: job for job in rendered.jobs if job.file == CI}
    required = jobs.pop("required", None)
    if required is None:
        yield f"{CI}: no job is called required"
        return
    if required.condition != "always()":
        yield f"{required.place}: does not run when another job failed"
    if set(required.needs) != set(jobs):
        yield f"{required.place}: does not wait for {sorted(set(jobs) ^ set(required.needs))}"
    judged = " ".join(texts_in(required.steps[0].value.get("env", {})))
    for name in jobs:
        if f"needs.{name}.result" not in judged:
            yield f"{required.place}: does not judge {name}"
    script = required.steps[0].run
    for name in ("changes", *SUBJECTS):
        if f"judge {name} " not in script:
            yield f"{required.place}: the script forgets {name}"
    if 'exit "$bad"' not in script:
        yield f"{required.place}: never fails"


@rule
def changes_gate_code_data_and_model(rendered: Rendered) -> Iterator[str]:
    jobs = {job.name: job for job in rendered.jobs if job.file == CI}
    changes = jobs["changes"]
    many = "models" in jobs
    names = ("base", *SUBJECTS, *(("jobs",) if many else ()))
    wanted = {one: f"${{{{ steps.affected.outputs.{one} }}}}" for one in names}
    if changes.value.get("outputs") != wanted:
        yield f"{changes.place}: does not say what is concerned"
    if 'mlgit affected "$BASE" --green required --github-output' not in changes.commands:
        yield f"{changes.place}: does not decide"
    for name in jobs:
        subject = name.removesuffix("-fork")
        if subject not in SUBJECTS:
            continue
        matrix = {"fail-fast": False, "matrix": {"include": "${{ fromJSON(needs.changes.outputs.jobs) }}"}}
        if jobs[name].value.get("strategy") != (matrix if many and subject == "model" else None):
            yield f"{jobs[name].place}: is not the job of each model that the change concerns"
        if jobs[name].needs != ["changes"]:
            yield f"{jobs[name].place}: does not wait for changes"
        if not jobs[name].condition.startswith(f"needs.changes.outputs.{subject} == 'true'"):
            yield f"{jobs[name].place}: is not gated by {subject}"
        only = ' --only "$MODELS"' if many else ""
        command = (
            f'mlgit check model --base "$BASE"{only}' if subject == "model" else f"mlgit check {subject}"
        )
        command += f' --report "$REPORT/check-{subject}.json"'
        checks = [step for step in jobs[name].steps if step.run.strip() == command]
        if len(checks) != 1:
            yield f"{jobs[name].place}: does not check the {subject}"
        start = "${{ needs.changes.outputs.base }}"
        if subject == "model" and [step.value.get("env", {}).get("BASE") for step in checks] != [start]:
            yield f"{jobs[name].place}: does not say where the change starts"


@rule
def every_model_is_in_the_one_report(rendered: Rendered) -> Iterator[str]:
    """With several models each job says which are its own, and one job makes one report of what all of them left."""
    jobs = {job.name: job for job in rendered.jobs if job.file == CI}
    for name in ("model", "model-fork"):
        steps = jobs[name].steps if "models" in jobs and name in jobs else ()
        for step in steps:
            given = step.value.get("env", {})
            if "$MODELS" in step.run and given.get("MODELS") != "${{ matrix.models }}":
                yield f"{step.place}: does not say which models"
            if re.search(r"mlgit (check|compare|gate|train) ", step.run) and "$MODELS" not in step.run:
                yield f"{step.place}: looks at all models"
            if "dvc pull" in step.run and given.get("PULL") != "${{ matrix.pull }}":
                yield f"{step.place}: brings the data of all models"
        for step in steps:
            number = str(step.options.get("name", "")).endswith("-${{ matrix.id }}")
            if step.action == "actions/upload-artifact" and not number:
                yield f"{step.place}: two jobs leave the same artifact"
    if "models" not in jobs:
        return
    gathering = jobs["models"]
    wanted = "!cancelled() && github.event_name == 'pull_request' && needs.changes.outputs.model == 'true'"
    wanted += f" && {READY}" if waits_for_drafts(rendered) else ""
    if gathering.condition != wanted:
        yield f"{gathering.place}: runs if {gathering.condition!r}"
    if {"changes", *(one for one in jobs if one.startswith("model") and one != "models")} != set(
        gathering.needs
    ):
        yield f"{gathering.place}: does not wait for all of them"
    command = 'mlgit comment "$BASE" --gather "$RUNNER_TEMP/mlgit-parts" --into "$RUNNER_TEMP"'
    if [step.run for step in gathering.steps if step.run] != [command]:
        yield f"{gathering.place}: does not gather"
    judged = str(jobs["required"].steps[0].value["env"].get("MODELS"))
    if (
        "needs.changes.outputs.model" not in judged
        or 'judge models "$MODELS"' not in jobs["required"].steps[0].run
    ):
        yield f"{jobs['required'].place}: does not ask for the report of all models"


@rule
def jobs_that_compare_have_the_history(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        if re.search(
            r"mlgit (affected|comment .*--gather|compare|data diff|deploy|gate|retrain|data update --step propose)|git merge-base",
            job.commands,
        ):
            depths = [
                step.options.get("fetch-depth") for step in job.steps if step.action == "actions/checkout"
            ]
            if depths != [0]:
                yield f"{job.place}: checks out {depths} commits"


@rule
def numbers_belong_to_the_commit_that_was_pushed(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        if "mlgit compare" in job.commands or "push origin" in job.commands:
            refs = [step.options.get("ref") for step in job.steps if step.action == "actions/checkout"]
            if refs != ["${{ github.event.pull_request.head.sha || github.sha }}"]:
                yield f"{job.place}: checks out {refs}"


@rule
def a_pull_request_tells_what_changed_in_its_data(rendered: Rendered) -> Iterator[str]:
    """After the data are checked and whatever came of that; what cannot be told is a warning and no failure."""
    script = """\
if ! since=$(git merge-base "$BASE" "$HEAD") || \\
  ! mlgit data diff "$since" "$HEAD" --report "$REPORT/data-diff.json"; then
  echo "::warning title=mlgit::not all that changed in the data could be told"
fi
"""
    given = {"BASE": PULL_REQUEST, "HEAD": PULL_REQUEST.replace("base", "head"), "REPORT": CHECKS}
    for job in (job for job in rendered.jobs if job.file == CI and re.fullmatch("data(-fork)?", job.name)):
        told = [at for at, step in enumerate(job.steps) if step.run.strip() == script.strip()]
        ends = [at for at, step in enumerate(job.steps) if step.options.get("path") == CHECKS]
        if len(told) != 1 or len(ends) != 1 or not told[0] < ends[0]:
            yield f"{job.place}: does not tell what changed in the data, or does not hand it over"
        for step in (job.steps[at] for at in told):
            if step.value.get("if") != "!cancelled() && github.event_name == 'pull_request'":
                yield f"{step.place}: is not asked of every pull request"
            if step.value.get("env") != given:
                yield f"{step.place}: does not compare the commits of the pull request"


@rule
def pull_requests_are_judged_by_the_gates_of_the_base(rendered: Rendered) -> Iterator[str]:
    for job in rendered.jobs:
        if job.file != CI or job.name.removesuffix("-fork") != "model":
            continue
        judging = [step for step in job.steps if "mlgit gate" in step.run and "--needs" not in step.run]
        if len(judging) != 1:
            yield f"{job.place}: judges {len(judging)} times"
        for step in judging:
            named = ' --model "$MODELS"' if "strategy" in job.value else ""
            some = " && matrix.models != '.'" if named else ""
            head = "" if any(other.run.startswith("mlgit train") for other in job.steps) else '"$HEAD" '
            if step.run != f'mlgit gate "$BASE" {head}--verified{named} --at pull_request':
                yield f"{step.place}: does not judge what is measured here by the base, as a pull request"
            if step.value.get("env", {}).get("BASE") != CHANGE:
                yield f"{step.place}: the gates are not those of the base"
            asked = "(github.event_name == 'pull_request' || github.event_name == 'merge_group')"
            if step.value.get("if") != f"!cancelled() && {asked}{some}":
                yield f"{step.place}: is not asked of every pull request and merge group"


@rule
def what_was_claimed_is_always_concluded(rendered: Rendered) -> Iterator[str]:
    """Training runs when there is something to train; the last job also when that was cut off, and for reports alone."""
    jobs = {job.name: job for job in rendered.jobs if job.file == CT}
    wanted = {
        "claim": ("", []),
        "train": ("needs.claim.outputs.train == 'true'", ["claim"]),
        "conclude": ("always() && needs.claim.outputs.conclude == 'true'", ["claim", "train"]),
    }
    for name, job in jobs.items():
        if (job.condition, job.needs) != wanted.get(name):
            yield f"{job.place}: runs if {job.condition!r} after {job.needs}"
    if jobs:
        taken = [step.value.get("if") for step in jobs["conclude"].steps if "results" in str(step.value)]
        if "needs.train.result == 'success'" not in taken:
            yield f"{jobs['conclude'].place}: takes over results that may not be there"
        ends = [step for step in jobs["conclude"].steps if step.run.endswith('--claim "$CLAIM"')]
        given = [step.value.get("env", {}).get("CLAIM") for step in ends]
        if given != ["${{ needs.claim.outputs.digest }}"]:
            yield f"{jobs['conclude'].place}: believes a claim that the training may have written"


@rule
def references_lead_somewhere(rendered: Rendered) -> Iterator[str]:
    for job in (*rendered.jobs, *rendered.actions):
        known = {step.value.get("id"): outputs_of(step) for step in job.steps}
        declared = {
            other.name: other.value.get("outputs", {}) for other in rendered.jobs if other.file == job.file
        }
        for text in expressions_in(job.value) + [t for step in job.steps for t in expressions_in(step.value)]:
            for name, output in re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", text):
                if output not in known.get(name, ()):
                    yield f"{job.place}: no step gives {name}.{output}"
            for name in re.findall(r"needs\.([\w-]+)\.", text):
                if name not in job.needs:
                    yield f"{job.place}: does not need {name}"
            for name, output in re.findall(r"needs\.([\w-]+)\.outputs\.([\w-]+)", text):
                if output not in declared.get(name, {}):
                    yield f"{job.place}: {name} does not put out {output}"
            for name in re.findall(r"(?<![\w.])inputs\.([\w-]+)", text):
                if name not in job.value.get("inputs", {}):
                    yield f"{job.place}: no input {name}"
            yield from (f"{job.place}: {name} is no context" for name in unknown_contexts(text))


def outputs_of(step: Step) -> set[str]:
    """Return the outputs a step can give."""
    written = re.findall(r'echo "([\w-]+)=[^"]*" >> "\$GITHUB_OUTPUT"', step.run)
    if "mlgit affected" in step.run:
        written += ("base", "jobs", *SUBJECTS)
    if "mlgit retrain --step claim" in step.run:
        written += ["train", "conclude", "base", "digest"]
    if re.search(r"mlgit deploy.* --step (release|conclude).* --github-output", step.run):
        written += ["due"]
    if re.search(r"mlgit deploy.* --step apply.* --github-output", step.run):
        written += ["address"]
    return {*written, *RECORDED.get(step.action, {"outputs": []})["outputs"]}


CONTEXTS = {
    "github.event_name", "github.repository", "github.ref", "github.sha", "github.token", "github.event.before",
    "github.event.pull_request.base.sha", "github.event.pull_request.head.sha", "github.event.pull_request.head.ref",
    "github.event.pull_request.head.repo.full_name", "github.event.pull_request.number",
    "github.event.pull_request.user.login", "github.event.pull_request.draft", "github.event.workflow_run.id", "github.event.workflow_run.event",
    "github.event.workflow_run.conclusion", "github.event.merge_group.base_sha", "github.base_ref", "github.event.workflow_run.head_branch",
    "github.event.workflow_run.head_repository.id", "runner.os", "runner.arch", "runner.temp",
}  # fmt: skip


def unknown_contexts(expression: str) -> list[str]:
    """Return the names of an expression that GitHub's contexts do not have, and functions that do not exist."""
    bare = re.sub(r"'(?:[^']|'')*'", "", expression)
    names = re.findall(r"(?<![\w.-])(?:github|runner)(?:\.[\w-]+)+", bare)
    functions = re.findall(r"(\w+)\(", bare)
    known = {"hashFiles", "contains", "fromJSON", "always", "cancelled", "format"}
    return [name for name in names if name not in CONTEXTS] + [
        name for name in functions if name not in known
    ]
