"""40 kinds of secret in 12 kinds of output: none of them appears."""

from __future__ import annotations

import html
import json
import os
from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from mlgit.dvc.plots import Absence, Chart
from mlgit.host.artifact_charts import encode_charts
from mlgit.host.document import CommentDocument, Section
from mlgit.host.forge import NewCheck
from mlgit.host.github.forge import connect
from mlgit.host.proposals import propose, report_issue
from mlgit.host.sticky import ReportKey, post_report
from mlgit.jobs.handoff import write_handoff
from mlgit.world.context import Context, SilentConsole
from mlgit.world.processes import SystemProcesses
from tests.cli.small_pipeline import make_small
from tests.driver import Person
from tests.github.state import Seen
from tests.github.stub_server import StubServer
from tests.isolation import isolated_environment

NAMES = (
    "db_password", "MY_PAT", "SLACK_WEBHOOK", "SNOWFLAKE_PWD", "SENTRY_DSN", "SMTP_PASS", "REDIS_AUTH", "SESSION_COOKIE",
    "API_TOKEN", "clientSecret", "ENCRYPTION_KEY", "AZURE_CREDENTIALS", "HMAC_SIGNATURE", "BROKER_CONNECTION",
    "CRM_ACCESS",
)  # fmt: skip
"""Variables whose names tell, in any case, and one that mlgit.yaml names (`CRM_ACCESS`)."""
NAMED = {name: f"{number}qZ7-Hush-{number * 7919:05d}-vault" for number, name in enumerate(NAMES, 11)}
ODD = 'Odd "pa/ss+wd"\\&é <9>'
KEY_LINES = ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "Zm9vYmFyQmF6UXV4MTIz")
PEM = "\n".join(("-----BEGIN RSA PRIVATE KEY-----", *KEY_LINES, "-----END RSA PRIVATE KEY-----"))
FOREIGN = """-----BEGIN PRIVATE KEY-----
MIIEpAIBAAKCAQEAvRw8y7dyi4iTs0ZhkNQb7gUqFVqgJ6Ty4Wvb2R9m0lFZq1Xo
Qm9yaXNKb2huc29u
-----END PRIVATE KEY-----"""
"""A key that no variable holds."""
ENVIRONMENT = {**NAMED, "ODD_PASSWORD": ODD, "DEPLOY_KEY": PEM}
WRITTEN = {
    "raw": ODD,
    "base64": b64encode(ODD.encode()).decode(),
    "base64 after one byte": b64encode(b":" + ODD.encode()).decode(),
    "base64 after two bytes": b64encode(b"u:" + ODD.encode()).decode(),
    "base64url": urlsafe_b64encode(ODD.encode()).decode(),
    "hexadecimal": ODD.encode().hex(),
    "quoted for a URL": quote(ODD, safe=""),
    "quoted for a form": quote_plus(ODD),
    "escaped for JSON": json.dumps(ODD)[1:-1],
    "as Python shows it": repr(ODD)[1:-1],
    "escaped for HTML": html.escape(ODD),
    "a line of a key": KEY_LINES[1],
}
SHAPES = {
    "ghp": "ghp_" + "Ab1" * 12, "gho": "gho_" + "Ab2" * 12, "ghs": "ghs_" + "Ab3" * 12,
    "github_pat": "github_pat_" + "Ab4_" * 15, "glpat": "glpat-" + "Ab5-x" * 4, "hf": "hf_" + "Ab6" * 11,
    "AKIA": "AKIAIOSFODNN7EXAMPLE", "ASIA": "ASIAIOSFODNN8EXAMPLE", "slack": "xoxb-1234567890-AbcdefGhij",
    "jwt": "eyJ" + "hbGciOiJIUzI1" + ".eyJzdWIiOiIxMjM0In0.SflKxwRJSMeKKF2QT4", "google": "AIza" + "Ab7_x" * 7,
    "npm": "npm_" + "Ab8" * 12, "pypi": "pypi-" + "AgEIcHlwaS5vcmcA" * 4,
}  # fmt: skip
"""Secrets that tell themselves, wherever they stand."""
PLACES = {
    "bearer": ("Bearer {}", "tok.9f8e7d6c5b4a"),
    "password": ("password={}", "hunter2hunter"),
    "address": ("postgres://me:{}@db.example.org/x", "s3same0pen"),
    "webhook": ("https://hooks.slack.com/services/{}", "T00000000/B00000000/XXXXabcdXXXX"),
    "signed address": ("https://x.blob.core.windows.net/a?sv=1&sig={}&se=2", "a%2Fb1234567cdefgh%3D"),
}
"""Secrets that are known by what stands around them."""


@dataclass(frozen=True)
class Kind:
    """One kind of secret: how it stands in a text, and what of it nobody may read."""

    text: str
    secret: str


KINDS: dict[str, Kind] = {
    **{name: Kind(value, value) for name, value in {**NAMED, **WRITTEN, **SHAPES}.items()},
    **{name: Kind(around.format(value), value) for name, (around, value) in PLACES.items()},
    "PEM": Kind(FOREIGN, "MIIEpAIBAAKCAQEAvRw8y7dyi4iTs0ZhkNQb7gUqFVqgJ6Ty4Wvb2R9m0lFZq1Xo"),
    "the end of a PEM block": Kind(FOREIGN, "Qm9yaXNKb2huc29u"),
}
OUTPUTS = (
    "log", "error", "issue", "pull request", "comment", "HTML", "record", "summary", "annotation", "check run", "artifact",
    "JSON",
)  # fmt: skip
MARK = "plainly-visible"
CONFIGURATION = """\
version: 1
models:
  small: {pipeline: ., artifact: model.json, metrics: [metrics.json]}
ct:
  update: {schedule: "0 0 * * *", environment: data, secrets: {CRM_ACCESS: CRM_ACCESS}}
"""
TELL = """\
import json, os, pathlib, yaml
for text in yaml.safe_load(pathlib.Path("params.yaml").read_text())["told"].values():
    print(text)
pathlib.Path("metrics.json").write_text(json.dumps({"slope": 1.0}))
pathlib.Path("model.json").write_text("{}")
"""
TEST = """\
import pathlib, yaml
def test_told():
    told = yaml.safe_load(pathlib.Path("params.yaml").read_text())["told"]
    print("\\n".join(told.values()))
    assert False, "plainly-visible"
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each kind of output says when every kind of secret is in its way."""
    folder, before = tmp_path_factory.mktemp("redact"), dict(os.environ)
    os.environ.update(isolated_environment(tmp_path_factory.mktemp("home")), **ENVIRONMENT)
    try:
        return {**through_verbs(make_small(folder / "s"), folder), **through_the_forge(folder)}
    finally:
        os.environ.clear()
        os.environ.update(before)


def through_verbs(person: Person, folder: Path) -> dict[str, str]:
    """Train, compare and check a repository whose parameters, stages and tests tell secrets."""
    told = {f"k{number}": kind.text for number, kind in enumerate(KINDS.values())}
    person.write("mlgit.yaml", CONFIGURATION)
    person.write("train.py", TELL)
    person.write("dvc.yaml", person.read("dvc.yaml").replace("params: [factor]", "params: [factor, told]"))
    person.write("params.yaml", json.dumps({"factor": 3, "told": {"mark": MARK, **told}}, ensure_ascii=False))
    train = person.mlgit("train", "--trigger", f"{MARK} {NAMED['MY_PAT']}")
    record = sorted((person.folder / ".mlgit" / "runs").glob("*.json"))[-1].read_text()
    unknown = " ".join((MARK, *(kind.text.replace("\n", " ") for kind in KINDS.values())))
    error = person.mlgit("compare", unknown, exit_code=2)
    page = person.mlgit("compare", "HEAD", "--format", "html", "--output", "page.html")
    compared = person.mlgit("compare", "HEAD", "--format", "json")
    person.write("tests/code/test_told.py", TEST)
    summary = folder / "summary.md"
    os.environ.update(GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    check = person.mlgit("check", "code", exit_code=1)
    return {
        "log": train.err,
        "error": error.err,
        "record": record,
        "HTML": person.read("page.html") + page.err,
        "JSON": compared.out,
        "annotation": check.out + check.err,
        "summary": summary.read_text(),
    }


def through_the_forge(folder: Path) -> dict[str, str]:
    """Write everything that a forge keeps, and what one job hands over to another."""
    with StubServer() as github:
        environment = {**os.environ, **github.environment()}
        context = Context(
            directory=folder, environment=environment, processes=SystemProcesses(), console=SilentConsole()
        )
        context.learn_secrets(["CRM_ACCESS"])
        said = tuple(f"- {MARK} {kind.text}" for kind in KINDS.values())
        document = CommentDocument(
            verdict=f"**{MARK}**", whole="", sections=(Section(title="Told", weight=1, pieces=said),)
        )
        key, forge = ReportKey(workflow="w", report="r"), connect(context)
        number = github.contents.add_pull_request(head_sha="0" * 40)
        requests = github.state.requests
        post_report(forge, number, key, document)
        comment = taken(requests)
        report_issue(forge, key, title=f"{MARK} {NAMED['MY_PAT']}", document=document)
        issue = taken(requests)
        propose(
            forge,
            key,
            head="mlgit/retrain-churn",
            base="main",
            title=f"{MARK} {NAMED['MY_PAT']}",
            document=document,
        )
        pull = taken(requests)
        forge.create_check(
            NewCheck(
                name="n",
                head_sha="0" * 40,
                key="k",
                conclusion="neutral",
                title=MARK,
                summary="\n".join(said),
            )
        )
        check = taken(requests)
    write_handoff(context, folder / "handoff.json", {"lines": said, MARK: {"detail": "\n".join(said)}})
    charts = [
        Chart(
            model="m",
            file=MARK,
            state="changed",
            kind="line",
            title=kind.text,
            base=Absence("a"),
            head=Absence("b"),
        )
        for kind in KINDS.values()
    ]
    artifact = (folder / "handoff.json").read_text() + context.redactor.json(encode_charts(charts)).decode()
    return {
        "comment": comment,
        "issue": issue,
        "pull request": pull,
        "check run": check,
        "artifact": artifact,
    }


def taken(requests: list[Seen]) -> str:
    """Return the bodies of the requests so far, and forget them."""
    bodies = "\n".join(one.body.decode() for one in requests)
    requests.clear()
    return bodies


def test_there_are_forty_kinds_and_twelve_outputs(outputs: dict[str, str]) -> None:
    assert len(KINDS) >= 40
    assert sorted(outputs) == sorted(OUTPUTS)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_appears(outputs: dict[str, str], kind: str, output: str) -> None:
    said = outputs[output]
    assert MARK in said
    assert "***" in said
    assert KINDS[kind].secret not in said
    assert "ss+wd" not in said


def test_what_is_no_secret_still_appears(outputs: dict[str, str]) -> None:
    assert all(f"k{number}" in outputs["JSON"] for number in range(len(KINDS)))
    assert "https://hooks.slack.com/***" in outputs["log"]
    assert "postgres://***@db.example.org/x" in outputs["issue"]
    assert json.loads(outputs["record"])
    assert json.loads(outputs["JSON"])
