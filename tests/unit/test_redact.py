"""What is taken out of a text before it leaves the program, and what stays."""

from __future__ import annotations

import html
import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlgit.redact import Redactor, redact
from mlgit.redact.shapes import LARGE, MASK, SHAPES, without_shapes
from mlgit.redact.variables import WORDS as WORDS_THAT_STAY
from mlgit.redact.variables import tells

VALUE = 'p@ss "word"/9\\'
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n"
WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz .,:;=()[]{}/_-\n0123456789", max_size=200)
"""What a log, a report or a hint is made of."""


@pytest.mark.parametrize(
    "written",
    [
        VALUE,
        quote(VALUE),
        quote(VALUE).lower(),
        quote(VALUE, safe=""),
        quote(quote(VALUE)),
        quote_plus(VALUE),
        json.dumps(VALUE),
        json.dumps(json.dumps(VALUE)),
        repr(VALUE),
        html.escape(VALUE),
        VALUE.replace('"', "&#34;"),
        b64encode(VALUE.encode()).decode(),
        b64encode(b"a" + VALUE.encode()).decode(),
        b64encode(b"me:" + VALUE.encode() + b"\n").decode(),
        urlsafe_b64encode(b"ab" + VALUE.encode()).decode(),
        VALUE.encode().hex(),
        VALUE.encode().hex().upper(),
        "\x1b[31mp@ss \x1b[0m\"word\"/9\\",
        VALUE[:8] + "...",
    ],
)  # fmt: skip
def test_a_value_is_found_however_it_is_written(written: str) -> None:
    said = redact(f"no access with {written} today", {"CRM": VALUE}, ["CRM"])
    assert said.startswith("no access with ")
    assert said.endswith(" today")
    assert MASK in said
    assert not any(part in said for part in ("word", "p@ss", written.strip("=")[2:-2]))


@pytest.mark.parametrize(
    "line",
    [*KEY.splitlines(), b64encode(KEY.encode()).decode()[:76], b64encode(KEY.encode()).decode()[76:152]],
)
def test_every_line_of_a_key_is_a_secret(line: str) -> None:
    assert redact(f"> {line} <", {"DEPLOY_KEY": KEY}) == f"> {MASK} <"


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD", "db_password", "dbPassword", "MY_PAT", "SLACK_WEBHOOK", "SNOWFLAKE_PWD", "SENTRY_DSN", "MYSQL_PASS",
        "REDIS_AUTH", "SESSION_COOKIE", "GITHUB_TOKEN", "CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY", "KEY", "API_KEY",
        "apikey", "AZURE_CREDENTIALS", "WEBHOOK_SIGNATURE", "AZURE_STORAGE_CONNECTION_STRING", "SSH_PRIVATE_KEY", "X_JWT",
        "PGPASSWORD", "GPG_PASSPHRASE", "OAUTH2", "BLOB_SAS", "hf-token",
    ],
)  # fmt: skip
def test_names_that_tell(name: str) -> None:
    assert redact("it is horse-7-staple", {name: "horse-7-staple"}) == f"it is {MASK}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME", "/home/somebody"), ("PATH", "/usr/bin:/bin"), ("PWD", "/work/churn"), ("OLDPWD", "/work/churn"),
        ("GIT_AUTHOR_NAME", "Somebody"), ("SSH_AUTH_SOCK", "/tmp/agent.12"), ("MONKEYS", "chimpanzee"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/run/keys/gcp.json"), ("TLS_KEY_FILE", "certs/server.key"),
        ("TOKENIZERS_PARALLELISM", "parallel"), ("TOKENIZER", "bert-base-uncased"), ("MAX_TOKENS", "512000"),
        ("USE_AUTH", "enabled"), ("AUTH", "true"), ("MY_TOKEN", "main"), ("KEY", "id"), ("EMPTY_SECRET", ""),
        ("BYPASS", "everything"), ("GITHUB_REF_NAME", "release-candidate"), ("PASSES", "several"),
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(name: str, value: str) -> None:
    text = f"read {value} and main, true, id, /home/somebody/data.csv"
    assert redact(text, {name: value}) == text


def test_the_password_alone_of_an_address_in_the_environment() -> None:
    environment = {
        "DATABASE_URL": "postgres://me:opensesame%21@db/x",
        "STORE": "AccountName=a;AccountKey=q83vEjRWeJA=;End=x",
    }
    assert (
        redact("no opensesame%21, no opensesame!, no q83vEjRWeJA=", environment) == "no ***, no ***, no ***"
    )


@pytest.mark.parametrize(
    "secret",
    [
        "ghp_" + "a1" * 18, "ghs_" + "a1" * 18, "github_pat_" + "a1_" * 20, "glpat-" + "x1-y" * 5, "hf_" + "aB" * 17,
        "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "xoxb-1234567890-abcdef", f"eyJ{'a' * 20}.eyJb.c-d",
        "AIza" + "s1-_x" * 7, "npm_" + "a1" * 18, "pypi-" + "AgEIcHlwaS5vcmc" * 4, "sk-proj-" + "a1" * 12,
        "sk_live_" + "a1" * 10, "SG." + "a1" * 10 + "." + "b2" * 10, "dapi" + "0f" * 16, KEY.strip(),
        "AGE-SECRET-KEY-1" + "Q" * 58, "dckr_pat_" + "a1-" * 9, "ya29." + "a0" * 20,
    ],
)  # fmt: skip
def test_what_looks_like_a_secret(secret: str) -> None:
    assert redact(f"it is {secret}, so", {}) == f"it is {MASK}, so"
    assert json.loads(redact(json.dumps({"a": f"line\n{secret}", "b": "\tx"}), {})) == {
        "a": f"line\n{MASK}",
        "b": "\tx",
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://me:pw@host/a ftp://host/b@c", "GET https://***@host/a ftp://host/b@c"),
        ("https://me:p@ss@host/a", "https://***@host/a"),
        ("mail me@example.org", "mail me@example.org"),
        ("Authorization: Bearer abc.def-1234", "Authorization: ***"),
        ("got bearer abcdef123456 back", "got bearer *** back"),
        ("curl -H 'Cookie: session=abc; x=1' y", "curl -H 'Cookie: ***' y"),
        ("password=hunter22 user=me", "password=*** user=me"),
        ('{"password": "hunter22", "user": "me"}', '{\n  "password": "***",\n  "user": "me"\n}'),
        ("login(api_key='abcd1234')", "login(api_key='***')"),
        ("https://x.blob.core.windows.net/a?sv=1&sig=a%2Fb1234567%3D&se=2", "https://x.blob.core.windows.net/a?sv=1&sig=***&se=2"),
        ("https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/***"),
        ("https://discord.com/api/webhooks/1/a-b", "https://discord.com/api/webhooks/***"),
        (f"a\n{'Ab1+' * 16}\nb", "a\n***\nb"),
        (f"sha256 {'0f' * 32} {'ab' * 20}", f"sha256 {'0f' * 32} {'ab' * 20}"),
    ],
)  # fmt: skip
def test_what_is_taken_out_of_a_line(text: str, shown: str) -> None:
    assert redact(text, {}) == shown


@pytest.mark.parametrize(
    "text",
    [
        "the token may not comment: give the job the permission it lacks",
        "basic information about bearer certificates, the password: it is asked for",
        "max_tokens=512 pad_token='[PAD]' sort_key=created key: value, tokenizer=bert",
        "export GITHUB_TOKEN=... and password=$PASSWORD, secret=${{ secrets.CRM }}, pwd=/home/x",
        "src/task-learning-is-a-long-name/disk-usage-1234567890.py",
        "mlgit gate main HEAD --explain: PASS, 0.9123 >= 0.9100 (n=1200)",
    ],
)
def test_ordinary_sentences_stay(text: str) -> None:
    assert redact(text, {"GITHUB_TOKEN": "ghs_" + "a1" * 18, "CI": "true"}) == text


@given(WORDS)
def test_harmless_text_is_never_changed(text: str) -> None:
    assume(not any(sign in text for sign in ("=", "://", "pass", "key", "token", "secret", "sig")))
    assert redact(text, {"A_TOKEN": "Zebra-7-Quagga", "HOME": "/home/x", "KEY": "id"}) == text


@given(st.text(min_size=1), st.text(), st.text())
def test_no_value_is_left(value: str, before: str, after: str) -> None:
    said = redact(before + value + after, {"CRM": value}, ["CRM"])
    assert value not in said or not value.replace("*", "").strip(), "stars and blanks are no secret"


@given(st.text(), st.text(min_size=6).filter(lambda one: len(one.strip()) >= 6 and "*" not in one), st.text())
def test_no_value_of_a_telling_name_is_left(before: str, value: str, after: str) -> None:
    assume("\x1b" not in value and value.strip().casefold() not in WORDS_THAT_STAY)
    assert value.strip() not in redact(f"{before}{value}{after}", {"A_PASSWORD": value})


@given(st.text(), st.text(min_size=6))
def test_twice_is_once(text: str, value: str) -> None:
    redactor = Redactor({"CRM": value}, ["CRM"])
    assert redactor(redactor(text)) == redactor(text)


@given(
    st.recursive(
        st.text() | st.integers(), lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside)
    ),
    st.text(min_size=6),
)
def test_json_stays_json_of_the_same_form(value: object, secret: str) -> None:
    content = json.dumps(value).encode()
    redactor = Redactor({"CRM": secret}, ["CRM"])
    assert type(json.loads(redactor.json(content))) is type(value)


def test_what_is_learnt_later_is_hidden_too() -> None:
    redactor = Redactor()
    assert redactor("horse-7-staple") == "horse-7-staple"
    redactor.learn("horse-7-staple")
    assert redactor("horse-7-staple") == MASK


@pytest.mark.parametrize("value", ["", " ", "\n", "***"])
def test_a_secret_that_is_not_set_hides_nothing(value: str) -> None:
    assert redact("a b", {"CRM": value}, ["CRM", "NONE"]) == "a b"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "part",
    [
        "\\",
        "a",
        "A1b",
        "eyJ",
        "-eyJ",
        "sk-",
        "-----BEGIN PRIVATE KEY-----",
        "password=",
        "bearer ",
        "://",
        "cookie: ",
    ],
)
def test_a_hostile_megabyte_comes_to_its_end(part: str) -> None:
    """A pattern that tries everything from everywhere would never: benchmarks/redact.py has the seconds."""
    environment = {f"X{number}_TOKEN": f"se/cr+et{number:03}-{number * 7919:x}_z" for number in range(20)}
    secret = environment["X7_TOKEN"]
    clean = Redactor({**environment, "DEPLOY_KEY": KEY})(part * (1_000_000 // len(part)) + f" {secret}")
    assert secret not in clean


@pytest.mark.timeout(30)
@pytest.mark.parametrize("value", ["\x0b*", "*\x1f", "\x0b*\r*\x0b", "secret one\n********\n", "\u2028**"])
def test_stars_are_no_secret(value: str) -> None:
    assert redact("of *all* colours: secret one ******", {"A": value}, ["A"]).startswith("of *all* colours")


def test_names_and_shapes_alone() -> None:
    assert tells("hf_token")
    assert not tells("HOME")
    assert without_shapes("plain") == "plain"


def test_a_secret_in_a_large_text_that_repeats_itself_goes_wherever_it_stands() -> None:
    assert not [shape.start for shape in SHAPES if "\n" in shape.start]
    lines = ["a line that is there again"] * 8000
    lines[5000] = "token: ghp_" + "aB3" * 12
    text = "\n".join(lines)
    assert len(text) > LARGE
    made = without_shapes(text)
    assert "ghp_" not in made
    assert made.count("\n") == text.count("\n")
    assert made.split("\n")[:5000] == lines[:5000]
