"""What the jobs install of mlgit, as a value: where it comes from, what an installer is told, its digests."""

from __future__ import annotations

import re
from typing import Literal, get_args

from msgspec import Struct

Origin = Literal["registry", "git", "wheel", "own"]
EXTRAS = re.compile(r"\[[A-Za-z0-9 ,._-]*\]")
ORIGINS: tuple[Origin, ...] = get_args(Origin)


class Installation(Struct, frozen=True, kw_only=True):
    """Where mlgit comes from in the jobs, what an installer is told, and the digests of the one file it may be.

    `own` is what `ci.install` in mlgit.yaml says; a commit is its own digest, so that `git` has none.
    """

    origin: Origin
    requirement: str
    digests: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line of a file of requirements, empty where a digest cannot be asked for."""
        hashes = "".join(f" --hash={one}" for one in self.digests)
        return f"{self.requirement}{hashes}\n" if self.digests else ""

    @property
    def alone(self) -> str:
        """The requirement without extras: what a job with rights installs, which runs no code of the repository."""
        return EXTRAS.sub("", self.requirement, count=1)

    @property
    def text(self) -> str:
        """The sentence that a person reads."""
        told = {
            "registry": f"{self.requirement} from the registry, by its digest",
            "git": f"{self.requirement}: the commit that is installed here",
            "wheel": f"{self.requirement.removeprefix('./')}, made of the mlgit that is installed here, by its digest",
            "own": f"{self.requirement}, as ci.install in mlgit.yaml says",
        }
        return f"the jobs install {told[self.origin]}"
