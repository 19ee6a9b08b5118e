"""`models`: which models and versions there are, and where they run."""

from __future__ import annotations

from mlgit.environments import overview as overviews
from mlgit.environments.overview import Overview
from mlgit.errors import UsageError
from mlgit.git.finding import find
from mlgit.registry import record, semver
from mlgit.registry.reading import registry
from mlgit.world.context import Context


def models(
    context: Context, model: str = "", *, remote: str = "origin", everything: bool = False
) -> Overview:
    """Return every model, or one, with its versions; nothing is fetched."""
    return overviews.overview(find(context), model, remote=remote, everything=everything)


def card(context: Context, target: str) -> str:
    """Return the model card of MODEL@VERSION, of MODEL the newest; raises `UsageError` (`version-unknown`)."""
    repository = find(context)
    name, _, version = target.partition("@")
    found = [one for one in overviews.chosen(registry(repository), name).values() if one.newest or version]
    wanted = [one.version(version) if version else one.newest for one in found]
    known = next((one for one in wanted if one is not None and one.record is not None), None)
    if known is None or (version and semver.parse(version) is None):
        raise UsageError(
            "version-unknown", f"there is no card of {target}", hint=f"mlgit models {name} lists the versions"
        )
    text = repository.run("cat-file", "tag", known.oid).text
    body = text.partition("\n\n")[2].split("\n", record.HEAD_LINES + 1)
    return record.without_golden(body[-1]) if len(body) > record.HEAD_LINES + 1 else ""
