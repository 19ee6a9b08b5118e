"""`serve:` of a model in `mlgit.yaml`: what `mlgit serve` and `mlgit predict` have to know of it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from mlgit.config.part import Name, Part, RelativePath, SourceWord


class Serving(Part, frozen=True, kw_only=True):
    """How a model is loaded, and which rows it takes. An ONNX model of a repository with one table needs none of it."""

    table: Annotated[
        Name | None,
        Meta(
            description="The table below `data:` whose schema its rows have to keep. Default: the only one."
        ),
    ] = None
    loader: Annotated[
        RelativePath | None,
        Meta(
            description="A Python file with `load(path)`, which returns an object with `predict(columns)`: for a model of a "
            "framework that mlgit does not know."
        ),
    ] = None
    trusted: Annotated[
        tuple[SourceWord, ...],
        Meta(description="Types that a skops file may hold beside those that skops trusts."),
    ] = ()
    pickle: Annotated[
        bool,
        Meta(
            description="Whether a pickle may be loaded: it runs code. Its digest is checked before, so it has to be a version."
        ),
    ] = False
