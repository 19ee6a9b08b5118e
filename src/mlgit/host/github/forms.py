"""The shapes of GitHub's JSON: only the fields that are read, and the bodies that are sent."""

from __future__ import annotations

from typing import Any

import msgspec

from mlgit.host.forge import Check, Comment, Issue, NewCheck, PullRequest

HEADERS = (
    ("Accept", "application/vnd.github+json"),
    ("Content-Type", "application/json"),
    ("X-GitHub-Api-Version", "2022-11-28"),
)


class UserForm(msgspec.Struct, frozen=True):
    """An account."""

    login: str
    type: str


class CommentForm(msgspec.Struct, frozen=True):
    """A comment as GitHub writes it."""

    id: int
    html_url: str
    user: UserForm | None
    body: str | None = None

    def value(self, login: str) -> Comment:
        """Return the comment, seen as `login`."""
        return Comment(
            id=self.id,
            author=self.user.login if self.user else "",
            mine=is_mine(self.user, login),
            body=self.body or "",
            url=self.html_url,
        )


class RepositoryForm(msgspec.Struct, frozen=True):
    """A repository, as the head or base of a pull request names it."""

    full_name: str


class SideForm(msgspec.Struct, frozen=True):
    """One side of a pull request; a fork that was deleted leaves no repository."""

    label: str | None
    ref: str
    sha: str
    repo: RepositoryForm | None = None


class PullForm(msgspec.Struct, frozen=True):
    """A pull request as GitHub writes it."""

    number: int
    html_url: str
    title: str
    body: str | None
    head: SideForm
    base: SideForm

    def value(self, repository: str) -> PullRequest:
        """Return the pull request, seen from `repository`."""
        origin = self.head.repo.full_name if self.head.repo else ""
        return PullRequest(
            number=self.number,
            head=self.head.label or self.head.ref,
            head_sha=self.head.sha,
            base=self.base.ref,
            title=self.title,
            body=self.body or "",
            url=self.html_url,
            from_fork=origin.casefold() != repository.casefold(),
        )


class IssueForm(msgspec.Struct, frozen=True):
    """An issue as GitHub writes it; a pull request is one too."""

    number: int
    html_url: str
    title: str
    user: UserForm | None
    body: str | None = None
    pull_request: dict[str, Any] | None = None

    def value(self, login: str) -> Issue:
        """Return the issue, seen as `login`."""
        return Issue(
            number=self.number,
            mine=is_mine(self.user, login),
            title=self.title,
            body=self.body or "",
            url=self.html_url,
        )


class CheckForm(msgspec.Struct, frozen=True):
    """A check run as GitHub writes it."""

    id: int
    external_id: str | None
    html_url: str | None
    conclusion: str | None = None

    def value(self) -> Check:
        """Return the check."""
        return Check(
            id=self.id,
            key=self.external_id or "",
            url=self.html_url or "",
            conclusion=self.conclusion or "",
        )


class ChecksForm(msgspec.Struct, frozen=True):
    """A page of check runs."""

    check_runs: list[CheckForm]


class RuleForm(msgspec.Struct, frozen=True):
    """One rule that holds for a branch."""

    type: str
    parameters: dict[str, Any] | None = None

    @property
    def checks(self) -> list[str]:
        """The names of the checks that it waits for."""
        listed = (self.parameters or {}).get("required_status_checks", [])
        return [one["context"] for one in listed if isinstance(one, dict) and "context" in one]


class ChecksOfProtection(msgspec.Struct, frozen=True):
    """The checks that the protection of a branch waits for."""

    contexts: list[str] = []


class ProtectionForm(msgspec.Struct, frozen=True):
    """What everybody may see of the protection of a branch."""

    required_status_checks: ChecksOfProtection = ChecksOfProtection()


class BranchForm(msgspec.Struct, frozen=True):
    """A branch."""

    name: str
    protection: ProtectionForm | None = None


class ContentForm(msgspec.Struct, frozen=True):
    """A file, its content in base 64."""

    content: str


def stricter(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of two rules of a kind that hold together: of numbers and switches the higher."""
    both = {key: max(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], int)}
    return {**one, **other, **both}


class ObjectForm(msgspec.Struct, frozen=True):
    """An object of Git by its name."""

    sha: str


class ArtifactForm(msgspec.Struct, frozen=True):
    """An artifact of a run."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool


class ArtifactsForm(msgspec.Struct, frozen=True):
    """A page of artifacts."""

    artifacts: list[ArtifactForm]


class ErrorForm(msgspec.Struct, frozen=True):
    """An error: one sentence, and sometimes more about it in `errors` (texts, or objects with a message)."""

    message: str
    errors: Any = None

    @property
    def sentences(self) -> list[str]:
        """Everything that is said."""
        more = self.errors if isinstance(self.errors, list) else []
        parts = [one.get("message") if isinstance(one, dict) else one for one in more]
        return [self.message, *(part for part in parts if isinstance(part, str))]


def is_mine(user: UserForm | None, login: str) -> bool:
    """Tell whether an account is the one named `login`; a `[bot]` has to be of the type that only Apps have."""
    if user is None or user.login.casefold() != login.casefold():
        return False
    return user.type == "Bot" or not login.endswith("[bot]")


def message(body: bytes) -> str:
    """Return GitHub's sentence about an error in 300 characters at most, without control characters."""
    try:
        text = "; ".join(msgspec.json.decode(body, type=ErrorForm).sentences)
    except msgspec.DecodeError:
        text = "no reason given"
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]


def new_check(check: NewCheck) -> dict[str, Any]:
    """Return the body that creates a finished check run."""
    return {
        "name": check.name,
        "head_sha": check.head_sha,
        "external_id": check.key,
        "status": "completed",
        "conclusion": check.conclusion,
        "output": {"title": check.title, "summary": check.summary},
    }
