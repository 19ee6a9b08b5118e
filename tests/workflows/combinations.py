"""Every combination of options that changes what is rendered, made from the configuration model itself.

A new literal, flag, optional part or kind of remote is in the combinations as soon as it is in the model. Texts and
numbers do not multiply: each combination is rendered once with plain and once with awkward ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import msgspec
from msgspec import inspect

from mlgit.config.ct import ContinuousTraining, mistakes
from mlgit.config.model import Configuration
from mlgit.render.installation import Installation
from mlgit.render.managed import managed_files
from mlgit.render.origin import WHEEL

RENDERED = ("ci", "runners", "remote")
TRAINING = "ct"
"""Its values go round the combinations of the others instead of multiplying them."""
"""The parts of mlgit.yaml that the managed files are made from."""
DELIVERY = "environments"
"""So do its values."""
DELIVERIES = (
    None,
    {
        "staging": {
            "approval": "gate",
            "target": {"kind": "local", "run": ["python", "serve.py"]},
        },
        "audit": {"after": "staging"},
        "production-1": {
            "after": "staging",
            "target": {"kind": "command", "apply": ["a"], "check": ["b"]},
        },
    },
)
MODELS = (
    None,
    {"churn": {}, "fraud": {"pipeline": "fraud", "ci": {"runner": ["self-hosted", "gpu"], "minutes": 60}}},
    {"churn": {"ci": {"runner": ["self-hosted", "big"], "minutes": 77, "requirements": "a b's.lock"}}},
)
"""So do those of the models: none, several, and one that has its job for itself."""
IMAGE = "ghcr.io/acme/train@sha256:" + "4" * 64
INDEX = {"url": "https://packages.example.org/simple", "secret": "INDEX_TOKEN", "environment": "packages"}
AWKWARD_INDEX = {
    "url": "https://packages.example.org/~or/sim%20ple/",
    "user": "ro.bot_1@acme",
    "secret": "T",
    "environment": "a b/c",
}
COMPANIES: tuple[dict[str, Any] | None, ...] = (
    None,
    {
        "ci": {
            "container": {"image": IMAGE, "options": "--gpus all"},
            "packages": ["libgomp1", "g++=4:14.2.0-1"],
        },
        "forge": {"actions": {"actions/checkout": f"acme/checkout@{'5' * 40}"}},
    },
    {
        "ci": {"index": INDEX, "setup": "ci/set up's.sh", "container": {"image": IMAGE}},
        "runners": {
            "default": {"group": "large"},
            "train": {"group": "acme/gpu 1", "labels": ["a100", "linux"]},
        },
    },
    {"ci": {"index": {"url": "https://packages.example.org/simple"}, "setup": "ci.sh"}},
    {"forge": {"host": "enterprise-server"}, "ci": {"index": AWKWARD_INDEX, "packages": ["libgomp1"]}},
)
"""What a company asks for: an image, packages, a script, an index, groups of runners, a server of its own. Its values go round, too."""
COMPANY_KEYS = frozenset({"container", "packages", "setup", "index"})
PLAIN = {
    "branch": "main",
    "python": "3.12",
    "requirements": "requirements.lock",
    "install": "mlgit[all]==9.9.9",
    "minutes": 30,
    "train_minutes": 120,
    "retention_days": 14,
    "default": ["ubuntu-24.04"],
    "train": ["self-hosted", "gpu"],
    "environment": "storage",
    "role": "arn:aws:iam::123456789012:role/mlgit",
    "region": "eu-central-1",
    "provider": "projects/1/locations/global/workloadIdentityPools/pool/providers/github",
    "service_account": "mlgit@project.iam.gserviceaccount.com",
    "client": "client-id",
    "tenant": "tenant-id",
    "subscription": "subscription-id",
    "secrets": {"WEBDAV_PASSWORD": "STORAGE_PASSWORD", "WEBDAV_USER": "STORAGE_USER"},
    "id": "123456",
    "secret": "RETRAINING_KEY",
    "schedule": "17 3 * * 1",
    "events": ["new-data", "drift"],
    "runs_a_day": 4,
    "cool_down_hours": 1.5,
    "max_age_days": 30,
}
AWKWARD = {
    **PLAIN,
    "branch": "release/1.x+y",
    "python": "3.10",
    "requirements": 'it\'s "the" lock: #1 {} ü.lock',
    "install": 'mlgit[all,act] @ git+https://example.org/o\'r/m.git@v1#"x": $HOME `id` %',
    "minutes": 1,
    "train_minutes": 4320,
    "retention_days": 3,
    "default": ["self-hosted", "linux"],
    "environment": "storage of 1/2 - x.y",
    "client": "a'b\"c: #d",
    "tenant": "true",
    "subscription": "1e3",
}
INSTALLATIONS = (
    Installation(origin="registry", requirement="mlgit==9.9.9", digests=("sha256:" + "1" * 64,)),
    Installation(origin="git", requirement=f"mlgit @ git+https://git.example.org/mlgit.git@{'2' * 40}"),
    Installation(origin="wheel", requirement=f"./{WHEEL}", digests=("sha256:" + "3" * 64,)),
)
GOOGLE_SECRET = {"CREDENTIALS_JSON": "GOOGLE_KEY"}


@cache
def combinations() -> tuple[tuple[str, Configuration], ...]:
    """Return every configuration with a short name that tells the options."""
    found: dict[str, Configuration] = {}
    for name, texts in (("plain", PLAIN), ("awkward", AWKWARD)):
        for parts in product(*(part_values(part, texts) for part in RENDERED)):
            training = trainings(texts)
            turn = len(found) + len(found) // len(training)
            value = {part: chosen for part, chosen in zip(RENDERED, parts, strict=True) if chosen is not None}
            value[DELIVERY] = DELIVERIES[(len(found) // 3) % len(DELIVERIES)]
            value["models"] = MODELS[(len(found) // 2) % len(MODELS)]
            for part, chosen in (COMPANIES[len(found) % len(COMPANIES)] or {}).items():
                before = value.get(part, {})
                value[part] = {**before, **{key: one for key, one in chosen.items() if before.get(key, one)}}
            company = len(found) % len(COMPANIES)
            value = {part: chosen for part, chosen in value.items() if chosen is not None}
            for chosen in (*training[turn % len(training) :], *training[: turn % len(training)]):
                configuration = converted({**value, TRAINING: chosen})
                if configuration is not None:
                    words = title({**value, TRAINING: chosen, "company": company})
                    found.setdefault(f"{name} {words}", configuration)
                    break
    return tuple(found.items())


def converted(value: dict[str, Any]) -> Configuration | None:
    """Return a configuration, None for values that do not go together."""
    try:
        configuration = msgspec.convert({"version": 1, **value}, Configuration)
    except msgspec.ValidationError:
        return None
    update = configuration.ct.update if configuration.ct else None
    return None if update and list(mistakes(update, configuration.remote)) else configuration


def called(options: str) -> str:
    """Return the name of the combination with these options, whatever training goes with it."""
    return next(name for name, _ in combinations() if is_called(name, options))


def is_called(name: str, options: str) -> bool:
    """Tell whether a name is of these options, whatever training and delivery go with them."""
    return name == options or name.startswith(
        (f"{options} ct=", f"{options} cd=", f"{options} models=", f"{options} company=")
    )


@cache
def rendered(name: str) -> dict[str, str]:
    """Return the files of one combination as text."""
    configuration = dict(combinations())[name]
    files = managed_files(configuration, installation_of(name, configuration))
    return {path: content.decode() for path, content in files.items() if path.startswith(".github/")}


def installation_of(name: str, configuration: Configuration) -> Installation:
    """Return what the jobs of a combination install: each origin has its turn."""
    if configuration.ci.install is not None:
        return Installation(origin="own", requirement=configuration.ci.install)
    without = [found for found, one in combinations() if one.ci.install is None]
    return INSTALLATIONS[without.index(name) % len(INSTALLATIONS)]


def trainings(texts: dict[str, Any]) -> list[Any]:
    """Return no training, and as many trainings as the field with most values has, each value in one of them at least."""
    kind = inspect.type_info(ContinuousTraining)
    assert isinstance(kind, inspect.StructType)
    fields = {field.encode_name: list(values(field.type, field.encode_name, texts)) for field in kind.fields}
    rounds = range(max(map(len, fields.values())))
    return [None, *({name: found[turn % len(found)] for name, found in fields.items()} for turn in rounds)]


def few() -> tuple[str, ...]:
    """Return names that hold every value of every option at least once."""
    names = [name for name, _ in combinations()]
    wanted = {word for name in names for word in name.split()}
    chosen: list[str] = []
    while wanted:
        best = max(names, key=lambda name: len(wanted & set(name.split())))
        chosen.append(best)
        wanted -= set(best.split())
    return tuple(chosen)


def part_values(part: str, texts: dict[str, Any]) -> list[Any]:
    """Return every value of a part at the top of mlgit.yaml."""
    kind = inspect.type_info(Configuration)
    assert isinstance(kind, inspect.StructType)
    field = next(field for field in kind.fields if field.encode_name == part)
    return list(values(field.type, part, texts))


def values(kind: inspect.Type, name: str, texts: dict[str, Any]) -> Iterator[Any]:
    """Yield the values of one kind that make a difference."""
    if isinstance(kind, inspect.Metadata):
        yield from values(kind.type, name, texts)
    elif isinstance(kind, inspect.LiteralType):
        yield from kind.values
    elif isinstance(kind, inspect.BoolType):
        yield from (False, True)
    elif isinstance(kind, inspect.NoneType):
        yield None
    elif isinstance(kind, inspect.UnionType):
        labels = [one for one in kind.types if isinstance(one, inspect.VarTupleType)]
        for member in labels or kind.types:
            yield from values(member, name, texts)
    elif isinstance(kind, inspect.StructType):
        yield from struct_values(kind, texts)
    elif name == "secrets":
        yield from ({}, texts["secrets"], GOOGLE_SECRET)
    elif name == "events":
        yield from ([], texts["events"])
    elif name == "train":
        yield from ([], texts["train"])
    elif name == "groups":
        yield {}  # no template knows them
    elif name == "default":
        yield texts[name]
    else:
        yield texts[name]


def struct_values(kind: inspect.StructType, texts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every value of a part: the product of its fields."""
    known = [field for field in kind.fields if field.encode_name not in COMPANY_KEYS]
    fields = [list(values(field.type, field.encode_name, texts)) for field in known]
    for chosen in product(*fields):
        value = dict(zip((field.encode_name for field in known), chosen, strict=True))
        yield {kind.tag_field: kind.tag, **value} if kind.tag_field else value


def title(value: dict[str, Any]) -> str:
    """Return the options of a combination in a few words."""
    ci, runners, remote = value["ci"], value["runners"], value.get("remote")
    words = [
        f"train={ci['train']}",
        f"commit={ci['commit']}",
        f"install={'own' if ci['install'] else 'default'}",
    ]
    words.append(f"trainer={'own' if runners['train'] else 'default'}")
    if remote:
        way = "oidc" if remote.get("oidc") else "secrets:" + ",".join(remote["secrets"])
        words.append(f"remote={remote['kind']}:{way}")
    if value.get("ct"):
        words.append(
            "ct=" + ",".join(name for name in ("data", "schedule", "events", "app") if value["ct"][name])
        )
        if update := value["ct"]["update"]:
            given = ",".join(name for name in ("environment", "secrets", "storage") if update[name])
            words.append(f"update={given}")
    if value.get(DELIVERY):
        words.append("cd=yes")
    if value.get("models"):
        words.append(f"models={len(value['models'])}")
    if company := value["company"]:
        words.append(f"company={company}")
    return " ".join(words)
