"""Requests as Arrow and as raw numbers are answered as JSON is, and none is a fault of the server or grows in its memory.

The streams beside this file were written by pyarrow 26.0.1 and polars 2.1.0, so that what is read is what people send.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlgit.data import schema_file
from mlgit.serving.bodies import arrow, floats
from mlgit.serving.exchange import Limits, Problem
from mlgit.serving.live import Live
from mlgit.serving.predictor import Answers, Input
from mlgit.serving.release import Release
from mlgit.serving.served import Served, serve
from mlgit.serving.validation import Refused, Validator
from tests.arrow_streams import streamed
from tests.small_onnx import slope
from tests.unit.serving.conftest import Made

STREAMS = {one.stem: one.read_bytes() for one in sorted((Path(__file__).parent / "streams").glob("*.arrow"))}
ARROW, OCTETS = arrow.KIND.decode(), floats.KIND.decode()
DAYS = 10_957.0
FIRST, SECOND = 41 + 100 + DAYS, 42 + DAYS


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        ("pyarrow", [FIRST, None]),
        ("polars", [FIRST, None]),
        ("polars-new", [FIRST, None]),
        ("pyarrow-dictionary", [FIRST, SECOND]),
        ("pyarrow-two", [FIRST, SECOND]),
    ],
)
def test_what_pyarrow_and_polars_write_is_answered(client: Made, stream: str, said: list[Any]) -> None:
    status, answer = client().json("POST", "/predict", STREAMS[stream], content_type=ARROW)
    assert (status, answer) == (200, {"predictions": said})


@pytest.mark.parametrize(
    ("stream", "status", "why"),
    [
        ("pyarrow-zstd", 422, "without compression"),
        ("pyarrow-list", 422, "'age' is list<"),
        ("bomb-rows", 413, "at most 10,000 rows"),
    ],
)
def test_what_is_not_taken_is_named(client: Made, stream: str, status: int, why: str) -> None:
    found, answer = client().json("POST", "/predict", STREAMS[stream], content_type=ARROW)
    assert found == status
    assert why in answer["message"]


def test_a_row_that_breaks_a_rule_is_named_in_any_form(client: Made) -> None:
    ask = client()
    content = streamed({"age": [41.0, 121.0], "plan": ["pro", "gold"], "since": ["2000-01-01"] * 2})
    status, answer = ask.json("POST", "/predict", content, content_type=ARROW)
    assert status == 422
    assert [(one["column"], one["rule"], one["row"]) for one in answer["findings"]] == [
        ("age", "range", 1),
        ("plan", "categories", 1),
    ]


def test_one_long_text_that_each_row_names_is_too_large(client: Made) -> None:
    """A hundred rows name one text of a thousand characters, in a stream of 2 kB."""
    assert len(STREAMS["bomb-text"]) < 3_000
    arrow.read(STREAMS["bomb-text"], Limits(body=100_000))
    with pytest.raises(Problem) as raised:
        arrow.read(STREAMS["bomb-text"], Limits(body=99_999))
    assert raised.value.status == 413


def test_answers_come_as_arrow_where_that_is_accepted(client: Made) -> None:
    status, content, headers = client()(
        "POST", "/predict", STREAMS["pyarrow-two"], content_type=ARROW, accept=f"{ARROW};q=1, */*"
    )
    assert (status, headers["content-type"], headers["mlgit-version"]) == (200, ARROW, "v1.0.0")
    assert arrow.read(content, Limits())["prediction"].tolist() == [FIRST, SECOND]


def test_answers_with_classes_are_a_column_a_class() -> None:
    scores = np.array([[0.25, 0.75], [1.0, 0.0]], "float32")
    answers = Answers(predictions=["yes", "no"], probabilities=scores, classes=("no", "yes"))
    found = arrow.read(arrow.write(answers), Limits())
    assert found["prediction"] == ["yes", "no"]
    assert [found[f"probability_{name}"].tolist() for name in ("no", "yes")] == [[0.25, 1.0], [0.75, 0.0]]
    content, headers = floats.write(answers)
    assert np.frombuffer(content, "<f4").tolist() == [0.25, 0.75, 1.0, 0.0]
    assert headers == ((b"mlgit-shape", b"2,2"),)
    with pytest.raises(Problem, match="ask for JSON or Arrow"):
        floats.write(Answers(predictions=["yes"]))
    booleans = arrow.read(arrow.write(Answers(predictions=np.array([True, False]))), Limits())
    assert booleans["prediction"] == [True, False]


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A model of one number between -1000 and 1000."""
    path = tmp_path_factory.mktemp("halves") / "half.onnx"
    path.write_bytes(slope(0.5))
    text = "version: 1\ncolumns:\n  x: {type: float, min: 0.1, max: 1000, max_null_share: 0.5}\n"
    return serve(
        Release(name="half", path=path, folder=path.parent, schema=schema_file.read(text, "schema.yaml"))
    )


def test_raw_numbers_are_answered_as_raw_numbers(client: Made, halves: Served) -> None:
    ask = client(live=Live.of(halves))
    rows = np.array([0.1, np.nan, 1000], "<f4")
    status, content, headers = ask("POST", "/predict", rows.tobytes(), content_type=OCTETS, accept=OCTETS)
    assert (status, headers["content-type"], headers["mlgit-shape"]) == (200, OCTETS, "3")
    assert np.frombuffer(content, "<f4")[[0, 2]].tolist() == [np.float32(0.05), 500.0]
    assert ask.json("POST", "/predict", rows.tobytes(), content_type=OCTETS)[1]["predictions"][1] is None
    too_high = np.array([1, 1001], "<f4").tobytes()
    status, answer = ask.json("POST", "/predict", too_high, content_type=OCTETS)
    assert (status, answer["findings"][0]["row"], answer["findings"][0]["rule"]) == (422, 1, "range")
    assert ask("POST", "/predict", b"abc", content_type=OCTETS)[0] == 422


def test_raw_numbers_carry_no_texts(client: Made) -> None:
    status, answer = client().json("POST", "/predict", b"\0" * 12, content_type=OCTETS)
    assert status == 422
    assert "'plan', which is a text" in answer["message"]


def test_the_key_of_a_form_without_a_place_for_it_is_a_header(client: Made) -> None:
    ask = client()
    asked = {"content_type": ARROW, "mlgit_key": "k" * 201}
    assert ask("POST", "/predict", STREAMS["pyarrow"], **asked)[0] == 422
    assert ask("POST", "/predict", STREAMS["pyarrow"], **{**asked, "mlgit_key": "k"})[0] == 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(STREAMS)),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=4),
    st.integers(0, 900),
)
def test_no_stream_is_a_fault_of_the_server(client: Any, name: str, changed: Any, cut: int) -> None:
    content = bytearray(STREAMS[name])
    for at, byte in changed:
        content[at % len(content)] = byte
    del content[max(cut, 8) :]
    status = client()("POST", "/predict", bytes(content), content_type=ARROW)[0]
    assert status in (200, 400, 413, 422)


KINDS = {
    "float": "x: {type: float, min: -2, max: 3.5, max_null_share: 1.0}",
    "strict": "x: {type: float}",
    "integer": "x: {type: integer, min: -2, max: 3, max_null_share: 1.0}",
    "listed": "x: {type: integer, categories: [1, 2]}",
}
NUMBERS = st.one_of(st.floats(width=64), st.integers(-5, 5).map(float), st.sampled_from([3.5, -2.0, 2.0**63]))


@settings(max_examples=200)
@given(st.sampled_from(sorted(KINDS)), st.lists(NUMBERS, min_size=1, max_size=6))
def test_an_array_is_held_to_the_rules_as_a_list_is(kind: str, values: list[float]) -> None:
    rules = schema_file.read(f"version: 1\ncolumns:\n  {KINDS[kind]}\n", "schema.yaml")
    validator = Validator(rules, [Input(name="x")])
    plain = [None if one != one else one for one in values]
    assert found_by(validator, np.array(values)) == found_by(validator, plain)


def found_by(validator: Validator, values: Any) -> set[Any]:
    """What is found in a column."""
    try:
        validator.from_columns({"x": values})
    except Refused as refused:
        return {(one.rule, one.row, one.message) for one in refused.findings}
    return set()


def test_tensors_in_binary_are_answered_in_binary(client: Made) -> None:
    ages, texts = np.array([41, 42], "<f8").tobytes(), b"\x03\0\0\0pro\x05\0\0\0basic"
    days = (b"\x0a\0\0\0" + b"2000-01-01") * 2
    inputs = [
        {"name": name, "shape": [2, 1], "datatype": kind, "parameters": {"binary_data_size": len(content)}}
        for name, kind, content in (("age", "FP64", ages), ("plan", "BYTES", texts), ("since", "BYTES", days))
    ]
    wanted = [{"name": "predictions", "parameters": {"binary_data": True}}]
    said = json.dumps({"inputs": inputs, "outputs": wanted}).encode()
    path = "/v2/models/churn/infer"
    ask = client()
    status, content, headers = ask(
        "POST", path, said + ages + texts + days, inference_header_content_length=str(len(said))
    )
    assert status == 200
    length = int(headers["inference-header-content-length"])
    (output,) = json.loads(content[:length])["outputs"]
    assert output["parameters"] == {"binary_data_size": 8}
    assert np.frombuffer(content[length:], "<f4").tolist() == [FIRST, SECOND]
    for body, length in (
        (said + ages + texts + days[:-1], len(said)),
        (said + ages + texts + days + b"x", len(said)),
        (said + ages + texts + days, len(said) + 10**6),
        (said.replace(b"predictions", b"predicted..") + ages + texts + days, len(said)),
        (said.replace(b"BYTES", b"BYTEZ") + ages + texts + days, len(said)),
        (said + ages + texts.replace(b"\x05", b"\x06") + days, len(said)),
    ):
        status = ask("POST", path, body, inference_header_content_length=str(length))[0]
        assert status in (400, 422)
