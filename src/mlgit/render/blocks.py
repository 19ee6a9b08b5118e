"""Parts of a new mlgit.yaml that follow from the repository: its branch, its lock file, the way to its data."""

from __future__ import annotations

from mlgit.config.ci import ContinuousIntegration
from mlgit.render.templates import yaml_scalar

BRANCH = "main"
SECRETS = {
    "s3": ("s3", ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
    "gs": ("gs", ("CREDENTIALS_JSON",)),
    "azure": ("azure", ("AZURE_STORAGE_CONNECTION_STRING",)),
    "gdrive": ("other", ("GDRIVE_CREDENTIALS_DATA",)),
    "oss": ("other", ("OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET")),
}
"""The scheme of a remote's address, the kind that mlgit.yaml calls it, and the variables that DVC logs in with."""


def ci_block(branch: str, *, python: str = "", requirements: str = "") -> str:
    """Return `ci:` as text, empty where the defaults fit or nothing is known."""
    usual = ContinuousIntegration()
    lines = [f"  branch: {yaml_scalar(branch)}\n"] if branch != BRANCH else []
    lines += [f'  python: "{python}"\n'] if python not in ("", usual.python) else []
    lines += [f"  requirements: {requirements}\n"] if requirements not in ("", usual.requirements) else []
    return "".join(["ci:\n", *lines]) if lines else ""


def remote_block(scheme: str) -> str:
    """Return `remote:` as text for a remote with this scheme, empty where only a person knows how to log in."""
    if scheme not in SECRETS:
        return ""
    kind, variables = SECRETS[scheme]
    pairs = ", ".join(f"{name}: {name}" for name in variables)
    return (
        "# How CI reaches the data: make an environment of this name and put the secrets into it (mlgit help remotes).\n"
        f"remote:\n  kind: {kind}\n  environment: storage\n  secrets: {{{pairs}}}\n"
    )
