"""What the classes of `mlgit.yaml` are made of: a part, and the values that occur in several."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
NO_EXPRESSION = r"(?!.*\$\{\{)"
"""Refuses what GitHub would evaluate: a value of `mlgit.yaml` never becomes an expression of a workflow."""
RelativePath = Annotated[
    str,
    Meta(pattern=rf"^(?!/){NO_EXPRESSION}(?!.*(?:^|/)\.\.(?:/|$))[^\x00-\x1f\\]+$", max_length=400),
]
RunnerLabel = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/=-]*$", max_length=100)]
BranchName = Annotated[
    str, Meta(pattern=r"^(?![-/.])(?!.*(?:\.\.|//|@\{))[A-Za-z0-9._/+@-]+(?<![/.])$", max_length=200)
]
Requirement = Annotated[str, Meta(pattern=rf"^{NO_EXPRESSION}[A-Za-z0-9./][^\x00-\x1f]*$", max_length=400)]
SourceWord = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]+$", max_length=1000)]
Minutes = Annotated[int, Meta(ge=1, le=4320)]


class Part(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A part of `mlgit.yaml`: an unknown key is an error."""
