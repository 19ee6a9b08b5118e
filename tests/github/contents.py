"""What one repository on GitHub holds: comments, pull requests, checks, issues."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.github.answers import Answer, problem, refused_input
from tests.github.contract import contract

SIGNER = {
    "GIT_AUTHOR_NAME": "github-actions[bot]",
    "GIT_AUTHOR_EMAIL": "41898282+github-actions[bot]@users.noreply.github.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}
"""Who makes the commits of the API."""
LIMIT = 65_536
"""Characters that a comment may have."""


class Contents:
    """A repository (owner/name) of an API at `address`. Members are JSON as GitHub writes it, oldest first."""

    def __init__(self, repository: str, address: str) -> None:
        self.repository = repository
        self.address = address
        self._comments: dict[int, dict[str, Any]] = {}
        self._issues: dict[int, dict[str, Any]] = {}
        self._pulls: dict[int, dict[str, Any]] = {}
        self._checks: dict[int, dict[str, Any]] = {}
        self._files: dict[int, list[dict[str, Any]]] = {}
        self._artifacts: dict[int, tuple[int, str, bytes]] = {}
        self._next_id = 1000
        self.server: Path | None = None
        self.rules: list[dict[str, Any]] = []
        self.protected: list[str] = []
        self.committed: dict[tuple[str, str], bytes] = {}

    def add_pull_request(
        self,
        *,
        head_sha: str,
        head: str = "deeper",
        base: str = "main",
        fork: str = "",
        files: Iterable[str] = (),
    ) -> int:
        """Open a pull request and return its number; `fork` is the repository (owner/name) it comes from."""
        number = self._open_pull(
            {"head": head, "base": base, "title": "A change", "body": ""},
            fork or self.repository,
            user_of("mona", "User"),
        )
        self.move_head(number, head_sha)
        self._files[number] = [{**contract().example("diff-entry"), "filename": name} for name in files]
        return number

    def move_head(self, number: int, head_sha: str) -> None:
        """Let a pull request stand at another commit, as a push to its branch does."""
        self._pulls[number]["head"]["sha"] = head_sha

    def add_comment(self, number: int, body: str, *, author: str = "mona", kind: str = "User") -> int:
        """Write a comment as anybody and return its id."""
        return int(self._write_comment(number, body, user_of(author, kind))["id"])

    def branch(self, name: str) -> Answer:
        """Return a branch; `protected` are the checks that its older protection waits for."""
        made = contract().example("branch-with-protection")
        made["name"] = name
        made["protection"] = {
            "enabled": bool(self.protected),
            "required_status_checks": {"contexts": self.protected, "checks": []},
        }
        return Answer(200, made)

    def file(self, path: str, branch: str) -> Answer:
        """Return a file at a branch."""
        content = self.committed.get((branch, path))
        if content is None:
            return problem(404, "Not Found")
        text = {
            "content": base64.b64encode(content).decode(),
            "path": path,
            "type": "file",
            "encoding": "base64",
        }
        return Answer(200, {**contract().example("content-file"), **text})

    def git_object(self, operation: str, content: dict[str, Any]) -> Answer:
        """Make an object in the bare repository behind the API; a commit is GitHub's own, which counts as signed."""
        assert self.server is not None
        kind = operation.partition("create-")[2]
        if kind == "blob":
            name = self._git("hash-object", "-w", "--stdin", stdin=base64.b64decode(content["content"]))
        elif kind == "tree":
            index = {"GIT_INDEX_FILE": str(self.server / "index-of-the-api")}
            self._git("read-tree", content["base_tree"], more=index)
            for one in content["tree"]:
                mode = one["mode"] if one["sha"] else "0"
                line = f"{mode} {one['sha'] or '0' * 40}\t{one['path']}\n"
                self._git("update-index", "--index-info", stdin=line.encode(), more=index)
            name = self._git("write-tree", more=index)
        else:
            parents = [word for parent in content["parents"] for word in ("-p", parent)]
            name = self._git(
                "commit-tree", content["tree"], *parents, stdin=content["message"].encode(), more=SIGNER
            )
        named = {"blob": "short-blob", "tree": "git-tree", "commit": "git-commit"}[kind]
        return Answer(201, {**contract().example(named), "sha": name})

    def _git(self, *words: str, stdin: bytes = b"", more: dict[str, str] | None = None) -> str:
        """Return what Git says in the bare repository."""
        done = subprocess.run(
            ("git", "-C", str(self.server), *words),
            input=stdin,
            env={**os.environ, **(more or {})},
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()

    def add_artifact(self, run: int, name: str, archive: bytes) -> int:
        """Let a run leave an archive behind and return its number."""
        id_ = self._new_id()
        self._artifacts[id_] = (run, name, archive)
        return id_

    def archive(self, id_: int) -> bytes | None:
        """Return the archive of an artifact."""
        return self._artifacts[id_][2] if id_ in self._artifacts else None

    def artifacts(self, run: int) -> list[dict[str, Any]]:
        """Return what a run left behind, newest first as GitHub does."""
        shown = contract().example("artifact")
        return [
            {**shown, "id": id_, "name": name, "size_in_bytes": len(archive), "expired": False}
            for id_, (of, name, archive) in reversed(self._artifacts.items())
            if of == run
        ]

    def comments(self, number: int) -> list[dict[str, Any]]:
        """Return the comments of a pull request, oldest first."""
        return [one for one in self._comments.values() if one["issue_url"].endswith(f"/issues/{number}")]

    def checks(self) -> list[dict[str, Any]]:
        """Return the check runs, oldest first."""
        return list(self._checks.values())

    def pulls(self) -> list[dict[str, Any]]:
        """Return the pull requests, oldest first."""
        return list(self._pulls.values())

    def issues(self) -> list[dict[str, Any]]:
        """Return the issues, oldest first, without pull requests."""
        return list(self._issues.values())

    def files(self, number: int) -> list[dict[str, Any]]:
        """Return the files of a pull request."""
        return self._files.get(number, [])

    def talked_about(self, number: int) -> bool:
        """Tell whether there is a pull request or an issue of this number."""
        return number in self._pulls or number in self._issues

    def comment(self, id_: int) -> dict[str, Any] | None:
        """Return one comment."""
        return self._comments.get(id_)

    def write_comment(self, number: int, body: str, user: dict[str, Any]) -> Answer:
        """Create a comment."""
        if len(body) > LIMIT:
            return refused_input("Body is too long (maximum is 65536 characters)")
        if not self.talked_about(number):
            return problem(404, "Not Found")
        return Answer(201, self._write_comment(number, body, user))

    def change_comment(self, id_: int, body: str) -> Answer:
        """Replace the body of a comment."""
        if len(body) > LIMIT:
            return refused_input("Body is too long (maximum is 65536 characters)")
        if id_ not in self._comments:
            return problem(404, "Not Found")
        self._comments[id_]["body"] = body
        return Answer(200, self._comments[id_])

    def pull(self, number: int, change: dict[str, Any]) -> Answer:
        """Return a pull request, changed."""
        if number not in self._pulls:
            return problem(404, "Not Found")
        self._pulls[number].update(change)
        return Answer(200, self._pulls[number])

    def _write_comment(self, number: int, body: str, user: dict[str, Any]) -> dict[str, Any]:
        id_ = self._new_id()
        url = f"{self.address}/repos/{self.repository}/issues"
        self._comments[id_] = {
            **contract().example("issue-comment"),
            "id": id_,
            "body": body,
            "user": user,
            "url": f"{url}/comments/{id_}",
            "issue_url": f"{url}/{number}",
            "html_url": f"https://github.example/{self.repository}/pull/{number}#issuecomment-{id_}",
        }
        return self._comments[id_]

    def create_pull(self, content: dict[str, Any], user: dict[str, Any]) -> Answer:
        """Open a pull request unless one is open for these branches."""
        label = f"{self.repository.partition('/')[0]}:{content['head']}"
        wanted = ("open", label, content["base"])
        if wanted in [
            (one["state"], one["head"]["label"], one["base"]["ref"]) for one in self._pulls.values()
        ]:
            return refused_input(f"A pull request already exists for {label}.")
        return Answer(201, self._pulls[self._open_pull(content, self.repository, user)])

    def _open_pull(self, content: dict[str, Any], origin: str, user: dict[str, Any]) -> int:
        """Keep a new pull request and return its number."""
        number = len(self._pulls) + len(self._issues) + 1
        pull = contract().example("pull-request")
        sides = {"head": (content["head"], origin), "base": (content["base"], self.repository)}
        for side, (branch, repository) in sides.items():
            place = {**contract().example("repository"), "full_name": repository}
            label = f"{repository.partition('/')[0]}:{branch}"
            pull[side] = {**pull[side], "ref": branch, "label": label, "sha": f"{number:040x}", "repo": place}
        url = f"https://github.example/{self.repository}/pull/{number}"
        texts = {"title": content["title"], "body": content.get("body"), "html_url": url}
        self._pulls[number] = {**pull, **texts, "number": number, "state": "open", "id": self._new_id()}
        self._pulls[number].update({"requested_teams": [], "user": user})
        return number

    def matching_pulls(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Return the pull requests that a query asks for, newest first as GitHub does."""
        found = [
            pull for pull in self._pulls.values() if query.get("state", "open") in ("all", pull["state"])
        ]
        for side, name in (("head", "label"), ("base", "ref")):
            if side in query:
                found = [pull for pull in found if pull[side][name] == query[side]]
        return found[::-1]

    def open_issue(self, content: dict[str, Any], user: dict[str, Any]) -> dict[str, Any]:
        """Keep a new issue and return it."""
        number = len(self._pulls) + len(self._issues) + 1
        url = f"https://github.example/{self.repository}/issues/{number}"
        labels = [{"name": name} for name in content.get("labels", [])]
        texts = {"title": content["title"], "body": content.get("body"), "html_url": url}
        issue = {
            **contract().example("issue"),
            **texts,
            "labels": labels,
            "number": number,
            "state": "open",
            "user": user,
        }
        self._issues[number] = {**issue, "id": self._new_id()}
        return self._issues[number]

    def change_issue(self, number: int, change: dict[str, Any]) -> Answer:
        """Change an issue, its state included."""
        if len(change.get("body") or "") > LIMIT:
            return refused_input("Body is too long (maximum is 65536 characters)")
        if number not in self._issues:
            return problem(404, "Not Found")
        self._issues[number].update(change)
        return Answer(200, self._issues[number])

    def matching_issues(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Return issues, and pull requests among them, as GitHub does."""
        shadow = contract().example("issue")
        link = {"diff_url": None, "html_url": None, "patch_url": None, "url": None}
        pulls = [
            {**shadow, "number": number, "title": pull["title"], "pull_request": link, "user": pull["user"]}
            for number, pull in self._pulls.items()
        ]
        wanted = query.get("labels", "")
        state = query.get("state", "open")
        return [
            one
            for one in self._issues.values()
            if (not wanted or {"name": wanted} in one["labels"]) and state in ("all", one["state"])
        ] + pulls

    def check(self, id_: int, content: dict[str, Any]) -> Answer:
        """Create a check run, or add annotations to one."""
        output = content.get("output", {})
        if len(output.get("annotations", [])) > 50:
            return refused_input("No more than 50 annotations")
        if id_ and id_ not in self._checks:
            return problem(404, "Not Found")
        if not id_:
            id_ = self._new_id()
            known = {
                name: content[name] for name in ("name", "head_sha", "external_id", "status", "conclusion")
            }
            shape = {
                **contract().example("check-run"),
                **known,
                "id": id_,
                "html_url": f"https://github.example/{id_}",
            }
            self._checks[id_] = {**shape, "output": {**shape["output"], "annotations_count": 0}}
        kept = self._checks[id_]["output"]
        kept.update({name: output.get(name) for name in ("title", "summary", "text")})
        kept["annotations_count"] += len(output.get("annotations", []))
        return Answer(200 if content.get("head_sha") is None else 201, self._checks[id_])

    def checks_of(self, ref: str, query: dict[str, str]) -> list[dict[str, Any]]:
        """Return the check runs of a commit that a query asks for."""
        found = [check for check in self._checks.values() if check["head_sha"] == ref]
        return [check for check in found if query.get("check_name", check["name"]) == check["name"]]

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id


def user_of(login: str, kind: str) -> dict[str, Any]:
    """Return an account as GitHub writes it."""
    return {**contract().example("simple-user"), "login": login, "type": kind}
