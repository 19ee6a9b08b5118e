"""What other programs keep of a repository's packages, as requirements that every installer reads. Pure.

Read are Poetry's and Pipenv's files, pyproject.toml with its extras and groups, and of Conda's environments what Python's
own index has. Each line of the result is a requirement (PEP 508), with digests where the file holds them for all.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mlgit.adoption.conda import from_conda
from mlgit.adoption.standing import mapping
from mlgit.dvc.values import nested
from mlgit.errors import UsageError

NOT_FOR_STAGES = frozenset(
    ("doc", "docs", "documentation", "lint", "linting", "style", "pre-commit", "release")
)
"""Extras and groups that neither stages nor tests run with."""
FORM = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
VERSION = re.compile(r"\s*(?P<sign>\^|~(?!=))\s*v?(?P<version>[0-9][0-9.]*)[^,\s]*\s*\Z")
BARE = re.compile(r"\s*v?[0-9][\w.*+!-]*\s*\Z")


def requirements(content: bytes, path: str) -> str:
    """Return the requirements of a file as text; raises `UsageError` for a file that nobody can read so."""
    name = posixpath.basename(path)
    reader = READERS.get(name) or (conda_lines if path.endswith((".yml", ".yaml")) else None)
    if reader is None:
        raise UsageError(
            "requirements-unknown",
            f"{path} is no file of packages that mlgit reads",
            hint="one of: " + ", ".join([*READERS, "a Conda environment (.yml)"]),
        )
    form = ".json" if name == "Pipfile.lock" else ".yaml" if reader is conda_lines else ".toml"
    values = mapping(nested(content, path if path.endswith(form) else path + form))
    lines = [*reader(values)]
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def project_lines(project: Mapping[str, Any]) -> Iterator[str]:
    """Yield what pyproject.toml asks for: its dependencies, its extras and groups, Poetry's own tables."""
    table, tool = mapping(project.get("project")), mapping(project.get("tool"))
    own = normal(str(table.get("name", "")))
    listed = [*texts(table.get("dependencies"))]
    for extra, members in mapping(table.get("optional-dependencies")).items():
        listed += texts(members) if normal(extra) not in NOT_FOR_STAGES else []
    groups = mapping(project.get("dependency-groups"))
    for group in groups:
        listed += texts(groups[group]) if normal(group) not in NOT_FOR_STAGES else []
    yield from (line for line in listed if normal(leading(line)) != own)
    poetry = mapping(tool.get("poetry"))
    yield from poetry_lines(mapping(poetry.get("dependencies")))
    yield from poetry_lines(mapping(poetry.get("dev-dependencies")))
    for group, one in mapping(poetry.get("group")).items():
        if normal(group) not in NOT_FOR_STAGES:
            yield from poetry_lines(mapping(mapping(one).get("dependencies")))


def poetry_lines(dependencies: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a table of Poetry asks for, its ranges as the standard writes them."""
    for name, wanted in dependencies.items():
        if name.lower() == "python":
            continue
        for one in wanted if isinstance(wanted, list) else [wanted]:
            told = one if isinstance(one, dict) else {"version": one}
            line = told_line(name, told, standard)
            if line and not told.get("optional"):
                yield line


def told_line(name: str, told: Mapping[str, Any], version: Callable[[str], str]) -> str:
    """Return one requirement of Poetry or Pipenv; empty for a folder, which an index does not have."""
    if told.get("path") or told.get("directory"):
        return ""
    extras = f"[{','.join(texts(told.get('extras')))}]" if texts(told.get("extras")) else ""
    markers = str(told.get("markers", "")).strip()
    if told.get("git"):
        at = next((str(told[key]) for key in ("rev", "ref", "tag", "branch") if told.get(key)), "")
        line = f"{name}{extras} @ git+{told['git']}" + (f"@{at}" if at else "")
        return line + (f" ; {markers}" if markers else "")
    line = name + extras + version(str(told.get("version", "*")))
    return line + (f" ; {markers}" if markers else "")


def standard(text: str) -> str:
    """Return a range of Poetry's as the standard writes it: `^1.2` is `>=1.2,<2`, `~1.2` is `>=1.2,<1.3`, `*` is any."""
    clauses = []
    for clause in text.split("||")[0].split(","):
        found = VERSION.match(clause)
        if found:
            clauses.append(f">={found['version']},<{next_version(found['version'], found['sign'])}")
        elif BARE.match(clause):
            clauses.append(f"=={clause.strip().removeprefix('v')}")
        elif clause.strip() not in ("", "*"):
            clauses.append("".join(clause.split()))
    return ",".join(clauses)


def next_version(version: str, sign: str) -> str:
    """Return the first version that a caret or a tilde no longer allows."""
    parts = [int(part) for part in version.strip(".").split(".")]
    at = 0
    if sign == "~":
        at = min(1, len(parts) - 1)
    else:
        at = next((place for place, part in enumerate(parts) if part), len(parts) - 1)
    return ".".join(str(part) for part in [*parts[:at], parts[at] + 1])


def poetry_lock_lines(lock: Mapping[str, Any]) -> Iterator[str]:
    """Yield every package of poetry.lock in its one version, for the platforms on which something asks for it."""
    packages = [one for one in lock.get("package", []) if isinstance(one, dict) and not is_folder(one)]
    asked = asked_on(packages)
    names = [normal(str(one.get("name"))) for one in packages]
    old = mapping(mapping(lock.get("metadata")).get("files"))
    digests = [hashes(one.get("files") or old.get(str(one.get("name")))) for one in packages]
    whole = all(digests) and all("source" not in one or not is_git(one) for one in packages)
    for one, name, known in zip(packages, names, digests, strict=True):
        markers = [*marker_of(one, asked.get(name, []))]
        if names.count(name) > 1 and one.get("python-versions") not in (None, "*"):
            markers += python_marker(str(one["python-versions"]))
        source = mapping(one.get("source"))
        line = f"{one['name']}=={one['version']}"
        if is_git(one):
            line = f"{one['name']} @ git+{source['url']}@{source.get('resolved_reference', source.get('reference'))}"
        line += f" ; {' and '.join(markers)}" if markers else ""
        yield line + "".join(f" --hash={digest}" for digest in known if whole)


def is_folder(package: Mapping[str, Any]) -> bool:
    """Tell whether a package of poetry.lock is a folder or a file of somebody's machine."""
    return mapping(package.get("source")).get("type") in ("directory", "file")


def is_git(package: Mapping[str, Any]) -> bool:
    """Tell whether a package of poetry.lock comes from a repository of Git."""
    return mapping(package.get("source")).get("type") == "git"


def asked_on(packages: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the markers with which the packages of a lock ask for each other; empty text where one asks without."""
    found: dict[str, list[str]] = {}
    for package in packages:
        for name, wanted in mapping(package.get("dependencies")).items():
            for one in wanted if isinstance(wanted, list) else [wanted]:
                told = mapping(one)
                markers = str(told.get("markers", "")) if not told.get("optional") else "extra == 'x'"
                found.setdefault(normal(name), []).append(markers)
    return found


def marker_of(package: Mapping[str, Any], asked: list[str]) -> Iterator[str]:
    """Yield where a package of a lock is needed: what it says itself, else where others ask for it; nothing: everywhere."""
    own = package.get("markers")
    if isinstance(own, dict):
        own = " or ".join(f"({one})" for one in own.values() if one)
    if own:
        yield f"({own})"
    elif asked and all(asked) and not any("extra" in one for one in asked):
        yield "(" + " or ".join(f"({one})" for one in dict.fromkeys(asked)) + ")"


def python_marker(versions: str) -> Iterator[str]:
    """Yield a range of Python versions as markers."""
    for clause in versions.split(","):
        found = re.match(r"\s*(>=|<=|==|!=|<|>)\s*([0-9.]+)\s*\Z", clause)
        if found:
            yield f'python_full_version {found[1]} "{found[2]}"'


def hashes(files: Any) -> list[str]:
    """Return the digests of the files of a package in a lock."""
    return [str(one["hash"]) for one in files or [] if isinstance(one, dict) and one.get("hash")]


def pipfile_lines(pipfile: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a Pipfile asks for."""
    for section in ("packages", "dev-packages"):
        for name, wanted in mapping(pipfile.get(section)).items():
            told = wanted if isinstance(wanted, dict) else {"version": wanted}
            yield told_line(name, told, plain_version)


def pipfile_lock_lines(lock: Mapping[str, Any]) -> Iterator[str]:
    """Yield every package of Pipfile.lock in its one version."""
    packages = {**mapping(lock.get("develop")), **mapping(lock.get("default"))}
    whole = all(mapping(one).get("hashes") for one in packages.values())
    for name, one in packages.items():
        line = told_line(name, mapping(one), plain_version)
        digests = texts(mapping(one).get("hashes")) if whole else []
        yield line + "".join(f" --hash={digest}" for digest in digests)


def conda_lines(environment: Mapping[str, Any]) -> Iterator[str]:
    """Yield what of a Conda environment the index of Python has, and comments that name the rest."""
    yield from from_conda(environment)


def plain_version(text: str) -> str:
    """Return a version of Pipenv's: `*` is any."""
    return "" if text.strip() in ("", "*") else text.strip()


def leading(requirement: str) -> str:
    """Return the name at the start of a requirement."""
    found = FORM.match(requirement.strip())
    return found[0] if found else ""


def normal(name: str) -> str:
    """Return the name of a package as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def texts(value: Any) -> list[str]:
    """Return the texts in a list, none of what is no list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


READERS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "pyproject.toml": project_lines,
    "poetry.lock": poetry_lock_lines,
    "Pipfile.lock": pipfile_lock_lines,
    "Pipfile": pipfile_lines,
}
"""What reads a file, by its name."""
