"""Where a repository keeps its data: DVC's folders in it, the default remote, and what a job needs to reach it."""

from __future__ import annotations

from shlex import quote as shell

from mlgit.adoption.standing import Standing
from mlgit.config.remote import Remote
from mlgit.dvc.pointer import is_pointer
from mlgit.dvc.reach import StoredRemote, default_remote, out_of_reach, remotes, sections
from mlgit.plan.outcome import Finding
from mlgit.project.revision import Revision
from mlgit.text import visible

CONFIG = ".dvc/config"
PACKAGES = {"gdrive": "dvc-gdrive", "oss": "dvc-oss", "hdfs": "dvc-hdfs", "webhdfs": "dvc-webhdfs"}
"""Kinds of remotes that the jobs of mlgit have no package for, and the one that the user's packages have to bring."""
NOTHING_KEPT = "DVC keeps no data and no output here: the jobs have nothing to fetch"
ALONE = ("hdfs", "webhdfs")
"""Kinds whose login no variable and no setting gives to a job."""


def dvc_folders(files: Standing) -> list[str]:
    """Return the folders in which DVC is set up, the empty one for the top of the repository."""
    found = {path.removesuffix(CONFIG).rstrip("/") for path in files.paths if is_config(path)}
    return sorted(found)


def is_config(path: str) -> bool:
    """Tell whether a path is a file of DVC's own settings."""
    return path == CONFIG or path.endswith("/" + CONFIG)


def storage(tree: Revision, remote: Remote | None) -> list[Finding]:
    """Return what a person should know of the way to the data; `remote` is what mlgit.yaml says of it."""
    files = Standing(tree.files)
    stored = configured(files)
    if not keeps_data(tree):
        return [*elsewhere(files), Finding(name="storage", good=True, detail=NOTHING_KEPT, hint="")]
    reason = out_of_reach(stored, logs_in=remote is not None)
    found = [*elsewhere(files)]
    if found and stored is None:
        return found
    if reason is not None:
        detail, hint = better(files, stored) or reason
        return [*found, Finding(name="data", good=False, detail=detail, hint=hint)]
    if stored is not None:
        detail = visible(f"{stored.kind}: the DVC remote {stored.name!r}, {stored.url}")
        found.append(Finding(name="storage", good=True, detail=detail, hint=""))
        found += needs(stored)
    if remote is not None and remote.secrets:
        names = sorted(set(remote.secrets.values()))
        detail = f"the jobs log in with {', '.join(names)}, secrets of the environment {remote.environment!r} at the host"
        hint = f"gh secret set {names[0]} --env {shell(remote.environment)}, once the environment is there (mlgit help remotes)"
        found.append(Finding(name="secrets", good=False, detail=detail, hint=hint))
    return found


def keeps_data(tree: Revision) -> bool:
    """Tell whether DVC keeps anything that a job has to fetch: a .dvc file, or what a stage leaves to the cache."""
    declared = [one.pipeline for one in tree.pipelines]
    return (
        None in declared
        or any(map(is_pointer, tree.files.paths()))
        or any(out.cache for one in declared if one for stage in one.stages.values() for out in stage.outputs)
    )


def elsewhere(files: Standing) -> list[Finding]:
    """Return that DVC is set up in other folders than the top, where the jobs call it, or nowhere at all."""
    folders = dvc_folders(files)
    if "" in folders and len(folders) == 1:
        return []
    if not folders:
        detail = "there is no folder .dvc: DVC is not set up here"
        return [Finding(name="dvc repository", good=False, detail=detail, hint="dvc init")]
    named = ", ".join(visible(folder) or "the top" for folder in folders)
    detail = f"DVC is set up in {named}; the jobs call it at the top of the repository, where it finds no other folder's data"
    inner = next(filter(None, folders))
    hint = f"git mv {shell(inner)}/.dvc .dvc: dvc.yaml and the data stay where they are"
    if len(folders) > 1:
        rest = [one for one in folders if one and ("" in folders or one != inner)]
        removed = "git rm -r --cached " + " ".join(f"{shell(one)}/.dvc" for one in rest)
        hint = "dvc pull in each, " + (
            removed if "" in folders else f"git mv {shell(inner)}/.dvc .dvc, {removed}"
        )
        hint += ", then dvc push: one DVC at the top for all pipelines"
    return [Finding(name="dvc repository", good=False, detail=detail, hint=hint)]


def better(files: Standing, stored: StoredRemote | None) -> tuple[str, str] | None:
    """Return a nearer reason and hint than that there is no way to the data, where the settings tell one."""
    if stored is not None:
        return None
    content = files.text(CONFIG).encode()
    named, known = sections(content).get("core", {}).get("remote", ""), remotes(content)
    if known and not named:
        listed = ", ".join(map(visible, known))
        return (
            f"DVC has no default remote among {listed}, so CI has no data to fetch",
            f"dvc remote default {next(iter(known))}",
        )
    if named:
        return (
            f"the default remote {visible(named)!r} has no address in {CONFIG}: it may stand in config.local, which Git does not keep",
            f"dvc remote add --default --force {visible(named)} ADDRESS, and commit {CONFIG}",
        )
    return None


def needs(stored: StoredRemote) -> list[Finding]:
    """Return what the jobs need besides a way to log in."""
    package = PACKAGES.get(stored.scheme)
    if package is None:
        return []
    detail = f"the jobs take {package}, which reaches the remote, from your packages"
    return [
        Finding(
            name="storage",
            good=True,
            detail=detail,
            hint=f"see that they hold it: uv add {package}, or a line in requirements.txt",
        )
    ]


def configured(files: Standing) -> StoredRemote | None:
    """Return the default remote of DVC at the top of the repository, or of its only other folder."""
    folders = dvc_folders(files)
    folder = folders[0] if len(folders) == 1 else ""
    return default_remote(files.text(f"{folder}/{CONFIG}" if folder else CONFIG).encode())
