"""What is answered to a request, good and bad: never a fault of the server for what a client sends."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgit.report.columns import Columns as RawColumns
from mlgit.serving.live import Live, State
from mlgit.serving.raw import FromRaw
from mlgit.serving.served import Served
from mlgit.serving.traffic import Share
from tests.unit.serving.conftest import Made

ROW = {"age": 41, "plan": "pro", "since": "1970-01-11"}
GOOD = {**ROW, "since": "2000-01-01"}
DAYS = 10_957.0


def test_rows_and_columns_are_answered_alike(client: Made) -> None:
    ask = client().predict
    rows = [GOOD, {"plan": "basic", "since": "2000-01-02", "age": None, "customer": 7}, {**GOOD, "age": "?"}]
    status, said = ask({"rows": rows})
    assert (status, said) == (200, {"predictions": [41 + 100 + DAYS, None, None]})
    columns = {name: [row.get(name) for row in rows] for name in ("age", "plan", "since")}
    assert ask({"columns": columns}) == (200, said)
    assert ask(rows) == (200, said)
    assert ask({"rows": []}) == (200, {"predictions": []})


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ({**GOOD, "age": "old"}, "age", "type"),
        ({**GOOD, "age": True}, "age", "type"),
        ({**GOOD, "age": 121}, "age", "range"),
        ({**GOOD, "plan": "gold"}, "plan", "categories"),
        ({**GOOD, "plan": 3}, "plan", "type"),
        ({**GOOD, "plan": "?"}, "plan", "nulls"),
        ({"age": 3, "since": "2000-01-01"}, "plan", "nulls"),
        (ROW, "since", "range"),
        ({**GOOD, "since": "2000-02-30"}, "since", "type"),
        ({**GOOD, "since": "2000-W05-3"}, "since", "type"),  # ISO, and no date of a table
        ({**GOOD, "agee": 3}, "agee", "columns"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(client: Made, row: Any, column: str, rule: str) -> None:
    asked = client()
    status, said = asked.predict({"rows": [GOOD, row]})
    assert (status, said["error"]) == (422, "rows-invalid")
    assert [(one["column"], one["rule"], one["row"]) for one in said["findings"]] == [(column, rule, 1)]
    known = column if column != "agee" else ""
    assert f'mlgit_refused_total{{column="{known}",rule="{rule}"}} 1' in asked("GET", "/metrics")[1].decode()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "body-json"),
        (b"{", 400, "body-json"),
        (b'{"rows": [{"age": NaN}]}', 400, "body-json"),
        (b"\xff\xfe", 400, "body-json"),
        (b"[" * 100_000, 400, "body-json"),
        (b"3", 422, "body-form"),
        (b'{"rows": {}}', 422, "body-form"),
        (b'{"rows": [3]}', 422, "body-form"),
        (b'{"rows": [], "columns": {}}', 422, "body-form"),
        (b'{"rows": [], "more": 1}', 422, "body-form"),
        (b'{"rows": [], "key": 1}', 422, "body-form"),
        (b'{"columns": {"age": 3}}', 422, "body-form"),
        (b'{"columns": {"age": [1, 2], "plan": ["pro"], "since": []}}', 422, "rows-invalid"),
        (b'{"rows": [{"age": 1e999}]}', 400, "body-json"),
        (b'{"rows": [{"age": 9' + b"9" * 400 + b"}]}", 400, "body-json"),
    ],
)
def test_a_body_that_is_no_request_is_refused(client: Made, body: bytes, status: int, code: str) -> None:
    said = client().json("POST", "/predict", body)
    assert (said[0], said[1]["error"]) == (status, code)


def test_limits_of_body_and_rows_are_kept(client: Made) -> None:
    ask = client(body=1000, rows=2)
    assert ask.predict({"rows": [GOOD] * 3})[1]["error"] == "rows-many"
    assert ask.predict({"rows": [], "key": "x" * 2000})[0] == 413
    status, _, headers = ask("POST", "/predict", b"{}", content_length="99999999999999999999")
    assert (status, headers["connection"]) == (413, "close")
    assert client(body=60_000)("POST", "/predict", b" " * 200_000)[0] == 413


def test_paths_methods_and_media_types(client: Made) -> None:
    ask = client()
    assert ask("GET", "/predict")[0] == 405
    assert ask("POST", "/health")[2]["allow"] == "GET"
    assert ask("GET", "/nothing")[0] == 404
    assert ask("POST", "/predict", b"x=1", content_type="application/x-www-form-urlencoded")[0] == 415
    assert ask.json("POST", "/predict", b"\x1f\x8b", content_encoding="gzip")[1]["error"] == "body-packed"
    assert ask("POST", "/predict", {"rows": [GOOD]}, content_encoding="identity")[0] == 200
    status, body, headers = ask("HEAD", "/model")
    assert (status, body, int(headers["content-length"]) > 10) == (200, b"", True)
    for path in ("/", "/health", "/ready", "/openapi.json", "/model", "/metrics"):
        assert ask("GET", path)[0] == 200


def test_the_token_guards_everything_but_the_state_of_the_process(client: Made) -> None:
    ask = client(token="opensesame")
    assert ask("GET", "/health")[0] == ask("GET", "/ready")[0] == 200
    for path in ("/", "/model", "/metrics", "/openapi.json", "/v2", "/nothing"):
        assert ask("GET", path)[0] == 401
    assert ask("POST", "/predict", {"rows": [GOOD]}, authorization="Bearer other")[0] == 401
    assert ask("POST", "/predict", {"rows": [GOOD]}, authorization="Bearer opensesame")[0] == 200


def test_the_request_id_and_the_version_come_back(client: Made) -> None:
    ask = client()
    _, _, headers = ask("POST", "/predict", {"rows": [GOOD]}, x_request_id="mine-1")
    assert (headers["x-request-id"], headers["mlgit-version"]) == ("mine-1", "v1.0.0")
    assert ask("GET", "/health", x_request_id="a b")[2]["x-request-id"] != "a b"


def test_the_open_inference_protocol(client: Made) -> None:
    ask = client()
    tensors = [
        {"name": "age", "shape": [2], "datatype": "FP64", "data": [41, 42]},
        {"name": "plan", "shape": [2, 1], "datatype": "BYTES", "data": [["pro"], ["basic"]]},
        {"name": "since", "shape": [2], "datatype": "BYTES", "data": ["2000-01-01", "2000-01-01"]},
    ]
    status, said = ask.json("POST", "/v2/models/churn/infer", {"id": "1", "inputs": tensors})
    assert (status, said["id"], said["model_version"]) == (200, "1", "v1.0.0")
    (output,) = said["outputs"]
    assert output == {
        "name": "predictions",
        "shape": [2],
        "datatype": "FP32",
        "data": [41 + 100 + DAYS, 42 + DAYS],
    }
    assert ask("GET", "/v2/health/live")[0] == ask("GET", "/v2/models/churn/ready")[0] == 200
    named = ask.json("GET", "/v2/models/churn/versions/v1.0.0")[1]
    assert [one["datatype"] for one in named["inputs"]] == ["FP64", "BYTES", "BYTES"]
    assert ask("GET", "/v2/models/other")[0] == ask("GET", "/v2/models/churn/versions/v9.9.9")[0] == 404
    assert ask("GET", "/v2/models/churn/infer")[0] == 405
    wrong = {"inputs": [{**tensors[0], "shape": [3]}]}
    assert ask("POST", "/v2/models/churn/infer", wrong)[0] == 422


def test_the_log_has_what_was_answered_without_what_is_personal(client: Made, tmp_path: Any) -> None:
    log = tmp_path / "log.jsonl"
    began = time.time()
    client(journal=log)("POST", "/predict", {"rows": [GOOD]}, x_request_id="mine-1")
    (line,) = log.read_text().splitlines()
    said = orjson.loads(line)
    assert began <= said.pop("at") <= time.time()
    assert said == {
        "request": "mine-1",
        "model": "churn",
        "version": "v1.0.0",
        "digest": "md5:1",
        "variant": "live",
        "inputs": {"age": [41], "plan": ["pro"]},
        "redacted": ["since"],
        "outputs": {"predictions": [41 + 100 + DAYS]},
    }


def test_a_shadow_is_logged_and_never_answers(client: Made, served: Served, tmp_path: Any) -> None:
    import msgspec

    other = Served(msgspec.structs.replace(served.release, version="v2.0.0"), served.predictor)
    shares = (Share(version="v1.0.0", weight=1.0), Share(version="v2.0.0", shadow=True))
    live = Live(State(shares=shares, models={"v1.0.0": served, "v2.0.0": other}), "s")
    log = tmp_path / "log.jsonl"
    ask = client(journal=log, live=live)
    assert ask("POST", "/predict", {"rows": [GOOD]})[2]["mlgit-version"] == "v1.0.0"
    lines = [orjson.loads(line) for line in log.read_text().splitlines()]
    assert [(one["version"], one["variant"]) for one in lines] == [("v1.0.0", "live"), ("v2.0.0", "shadow")]
    live.swap(State(shares=(Share(version="v2.0.0", weight=1.0),), models={"v2.0.0": other}))
    assert ask("POST", "/predict", {"rows": [GOOD]})[2]["mlgit-version"] == "v2.0.0"
    assert ask.json("GET", "/model")[1]["before"] == "v1.0.0"
    assert live.loaded("v1.0.0", "md5:1") is served


class Failing:
    """A model of the user's that fails for rows of a kind, and counts its calls."""

    format, quick, apart, inputs = "loader", False, True, None

    def __init__(self) -> None:
        self.calls: list[int] = []

    def predict(self, columns: Any) -> Any:
        from mlgit.serving.predictor import Answers

        self.calls.append(len(columns["age"]))
        time.sleep(0.02)
        if 13 in columns["age"]:
            raise ValueError("unlucky: secret")
        return Answers(predictions=[age * 2 for age in columns["age"]])


def test_a_model_that_fails_says_nothing_of_itself(client: Made, served: Served) -> None:
    ask = client(live=Live.of(Served(served.release, Failing())))
    status, said = ask.predict({"rows": [{**GOOD, "age": 13}]})
    assert (status, said["error"]) == (500, "model-failed")
    assert "secret" not in said["message"]


def test_a_value_that_is_written_in_another_form_is_named(client: Made, served: Served) -> None:
    columns = RawColumns(numbers=["age", "plan"], dates=["since"], forms={"plan": "decimal-comma"})
    ask = client(live=Live.of(Served(served.release, FromRaw(Failing(), columns))))
    status, said = ask.predict({"rows": [GOOD]})
    assert (status, said["error"]) == (422, "rows-invalid")
    assert said["message"] == "column 'plan' has a value that is not written as decimal-comma: 'pro'"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(sorted(ROW)), inner, max_size=4)
    ),
    max_leaves=12,
)
BODIES = (
    st.binary(max_size=200)
    | JSON.map(lambda said: repr(said).encode())
    | st.fixed_dictionaries(
        {"rows": st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(ROW, JSON)), max_size=3)}
    )
    | st.fixed_dictionaries(
        {"columns": st.dictionaries(st.sampled_from(sorted(ROW)), st.lists(JSON, max_size=3))}
    )
    | st.fixed_dictionaries(
        {"inputs": st.lists(st.fixed_dictionaries({"name": JSON, "shape": JSON, "data": JSON}), max_size=3)}
    )
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(BODIES, st.sampled_from(["/predict", "/v2/models/churn/infer"]))
def test_no_body_is_a_fault_of_the_server(client: Any, body: Any, path: str) -> None:
    import json

    content = body if isinstance(body, bytes) else json.dumps(body).encode("utf-8", "surrogatepass")
    assert client()("POST", path, content)[0] in (200, 400, 413, 422)


def test_what_the_reference_had_is_allowed_and_today_moves() -> None:
    from datetime import UTC, datetime, timedelta

    from mlgit.data import schema_file
    from mlgit.serving.predictor import Input
    from mlgit.serving.validation import Refused, Validator

    text = """\
version: 1
columns:
  seen: {type: float, nulls_seen: 3}
  never: {type: float, nulls_seen: 3, max_null_share: 0}
  open: {type: string, categories: [a], seen_once: 1}
  closed: {type: string, categories: [a]}
  day: {type: date, max: today}
"""
    rules = schema_file.read(text, "schema.yaml")
    validator = Validator(rules, [Input(name=name) for name in rules.columns])
    now = datetime.now(UTC).date()
    good = {"seen": None, "never": 1, "open": "b", "closed": "a", "day": str(now)}
    assert validator.from_rows([good])["seen"] == [None]
    with pytest.raises(Refused) as raised:
        validator.from_rows([{**good, "never": None, "closed": "b", "day": str(now + timedelta(days=3))}])
    assert [(one.column, one.rule) for one in raised.value.findings] == [
        ("never", "nulls"), ("closed", "categories"), ("day", "range"),
    ]  # fmt: skip


def test_without_a_schema_every_column_has_to_be_there_and_may_be_empty() -> None:
    """Nobody has said that a column may be left out, and an answer to nothing looks like any other."""
    from mlgit.serving.predictor import Input
    from mlgit.serving.validation import Refused, Validator

    validator = Validator(None, [Input(name="a"), Input(name="b")])
    assert validator.needed == ("a", "b")
    assert validator.from_rows([{"a": None, "b": 1}]) == {"a": [None], "b": [1]}
    assert validator.from_columns({"a": [None], "b": [1]}) == {"a": [None], "b": [1]}
    for ask in (
        lambda: validator.from_rows([{"a": 1, "b": 1}, {"a": 1}]),
        lambda: validator.from_columns({"a": [1]}),
    ):
        with pytest.raises(Refused, match="the column 'b' has to be there"):
            ask()
    with pytest.raises(Refused) as raised:
        validator.from_rows([{"c": 1}])
    assert [one.column for one in raised.value.findings] == ["c", "a", "b"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")
def test_lines_that_the_log_lost_are_counted_and_answers_go_on(client: Made) -> None:
    full = client(journal=Path("/dev/full"))
    assert "mlgit_log_lost_lines 0\n" in full("GET", "/metrics")[1].decode()
    assert [full.predict({"rows": [GOOD]})[0] for _ in range(2)] == [200, 200]
    assert "mlgit_log_lost_lines 2\n" in full("GET", "/metrics")[1].decode()


@pytest.mark.parametrize("word", [b"NaN", b" Infinity", b"-Infinity"])
def test_a_number_of_python_that_is_no_json_is_named(client: Made, word: bytes) -> None:
    for path, body in {
        "/predict": b'{"columns": {"age": [1, ' + word + b"]}}",
        "/v2/models/churn/infer": b'{"inputs": [{"data": [' + word + b"]}]}",
    }.items():
        status, said = client().json("POST", path, body)
        assert (status, said["error"]) == (400, "body-json")
        assert said["message"].endswith("; no value is null in JSON, which has no NaN and no Infinity")
    assert "NaN" not in client().json("POST", "/predict", b'{"rows": [{"plan": "NaN", }]}')[1]["message"]
