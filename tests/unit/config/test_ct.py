"""`ct.update` in mlgit.yaml: what is refused, and where."""

from __future__ import annotations

import pytest

from mlgit.config.reader import read
from mlgit.errors import UsageError

REMOTE = (
    "remote: {kind: s3, environment: storage, secrets: {AWS_ACCESS_KEY_ID: A, AWS_SECRET_ACCESS_KEY: B}}\n"
)
WHEN = "    schedule: '40 2 * * *'\n"


def text(update: str, remote: str = "") -> str:
    return f"version: 1\nct:\n  update:\n{update}{remote}"


@pytest.mark.parametrize(
    ("update", "remote", "said", "line"),
    [
        ("    environment: a\n", "", "the key 'schedule' is missing", 3),
        ("    schedule: tomorrow\n", "", "five fields of cron", 4),
        ("    schedule: '61 2 * * *'\n", "", "the minute 61 is not between 0 and 59", 3),
        (WHEN + "    environment: other\n", REMOTE, "a job has one environment", 5),
        (WHEN + "    secrets: {CRM: CRM}\n", "", "needs an environment that holds them", 5),
        (WHEN + "    secrets: {crm: CRM}\n", REMOTE, "the name of a variable", 5),
        (WHEN + "    secrets: {GITHUB_TOKEN: CRM}\n", REMOTE, "none that steers programs", 5),
        (WHEN + "    secrets: {CRM: GITHUB_TOKEN}\n", REMOTE, "the name of a secret", 5),
        (WHEN + "    secrets: {FOLDER: CRM}\n", REMOTE, "sets FOLDER, which has a value already", 5),
        (WHEN + "    environment: '${{ x }}'\n", "", "the name of an environment", 5),
        (WHEN + "    storage: true\n", "", "there is no remote:", 5),
        (
            WHEN + "    storage: true\n    secrets:\n      AWS_SESSION_TOKEN: X\n",
            REMOTE,
            "sets AWS_SESSION_TOKEN, which has a value already",
            7,
        ),
        (WHEN + "    minutes: 0\n", "", "a whole number of at least 1", 5),
        (WHEN + "    tables: [a]\n", "", "unknown key 'tables'", 5),
    ],
)
def test_bad_input_is_refused_with_its_line(update: str, remote: str, said: str, line: int) -> None:
    with pytest.raises(UsageError) as refused:
        read(text(update, remote))
    assert said in refused.value.message
    assert refused.value.where == f"mlgit.yaml:{line}"


@pytest.mark.parametrize(
    ("update", "remote"),
    [
        (WHEN, ""),
        (WHEN + "    environment: storage\n    secrets: {CRM: CRM}\n    storage: true\n", REMOTE),
        (WHEN + "    secrets: {AWS_SESSION_TOKEN: X}\n", REMOTE),
    ],
)
def test_good_input(update: str, remote: str) -> None:
    configuration = read(text(update, remote))
    assert configuration.ct is not None
    assert configuration.ct.update is not None
    assert configuration.ct.update.minutes == 60
