"""A prediction from the bytes of a request to those of its answer; no server takes part."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from mlgit.serving.calls import Calls
from mlgit.serving.counters import Counters
from mlgit.serving.exchange import Limits, Problem
from mlgit.serving.journal import Journal
from mlgit.serving.live import Live
from mlgit.serving.predictor import Answers, Columns
from mlgit.serving.raw import WrittenOtherwiseError
from mlgit.serving.served import Served
from mlgit.serving.validation import Refused

OPTIONS = orjson.OPT_SERIALIZE_NUMPY
LONGEST_KEY = 200
NO_JSON = re.compile(rb"[:,\[]\s*-?(?:NaN|Infinity)\b")
"""The numbers that Python writes into JSON and that are none there."""
LOST = "mlgit_log_lost_lines"


class Asked(Struct, frozen=True, kw_only=True):
    """What a request asks: rows or columns, and the key by which one of several versions is chosen."""

    rows: Sequence[Mapping[str, Any]] | None = None
    columns: Mapping[str, Sequence[Any]] | None = None
    key: str = ""

    @property
    def count(self) -> int:
        """How many rows it has."""
        if self.rows is not None:
            return len(self.rows)
        return max((len(one) for one in (self.columns or {}).values()), default=0)


class Desk:
    """Answers predictions: limits, the schema, the version by its share, shadows, the log and the counters."""

    def __init__(
        self, live: Live, calls: Calls, limits: Limits, counters: Counters, journal: Journal | None
    ) -> None:
        self.live = live
        self.limits = limits
        self.counters = counters
        self.all_counters: Callable[[], Counters] = lambda: counters
        self.journal = journal
        self._calls = calls
        if journal is not None:
            counters.count(LOST, number=0)

    async def answer(
        self, asked: Asked, request: str, served: Served | None = None
    ) -> tuple[Served, Answers]:
        """Return what a version says of rows; `served` where the request names it. Raises `Problem`."""
        began = time.perf_counter()
        rows = asked.count
        if rows > self.limits.rows:
            raise Problem(413, "rows-many", f"a request has at most {self.limits.rows:,} rows, not {rows:,}")
        served = served or self.live.choose(asked.key or request)
        columns = self._checked(served, asked)
        answers = await self.predicted(served, columns, rows)
        self.counters.count("mlgit_rows_total", (("version", served.release.version),), rows)
        self._log(served, columns, answers, request, "live")
        for shadow in self.live.state.shadows:
            await self._shadow(shadow, asked, request)
        self.counters.took(time.perf_counter() - began)
        return served, answers

    async def predicted(self, served: Served, columns: Columns, rows: int) -> Answers:
        """Return what a model says; raises `Problem`: 500 where it fails, 422 for a value in another form than its column's."""
        if not rows:
            return Answers(predictions=[])
        try:
            return await self._calls.predict(served, columns, rows)
        except WrittenOtherwiseError as error:
            raise Problem(422, "rows-invalid", str(error)) from error
        except Exception as error:  # the user's model
            raise Problem(500, "model-failed", f"the model failed: {type(error).__name__}") from error

    def _checked(self, served: Served, asked: Asked) -> dict[str, Sequence[Any]]:
        """Return the rows as the model takes them; raises `Problem` (422)."""
        try:
            if asked.rows is not None:
                return served.validator.from_rows(asked.rows)
            return served.validator.from_columns(asked.columns or {})
        except Refused as refused:
            for one in refused.findings:
                column = one.column if one.column in served.validator.known else ""
                self.counters.count("mlgit_refused_total", (("column", column), ("rule", one.rule)))
            first = refused.findings[0]
            more = f", and {refused.count - 1:,} more" if refused.count > 1 else ""
            at = "" if first.row is None else f"row {first.row}: "
            raise Problem(
                422,
                "rows-invalid",
                f"{at}{first.message} (rule {first.rule}){more}",
                findings=refused.findings,
            ) from refused

    async def _shadow(self, shadow: Served, asked: Asked, request: str) -> None:
        """Ask a shadow; what it says is logged, and what goes wrong with it concerns nobody who asked."""
        if self.journal is None or not self.journal.keeps(request):
            return
        try:
            columns = self._checked(shadow, asked)
            answers = await self.predicted(shadow, columns, asked.count)
        except Problem:
            self.counters.count("mlgit_shadow_failed_total")
            return
        self._log(shadow, columns, answers, request, "shadow")

    def _log(self, served: Served, columns: Columns, answers: Answers, request: str, variant: str) -> None:
        """Write what was answered to the log, where the request is of its sample; a line that is lost is counted."""
        if self.journal is None or not self.journal.keeps(request):
            return
        if not self.journal.write(entry(served, columns, answers, request, variant)):
            self.counters.count(LOST)


def read(body: bytes) -> Asked:
    """Return what a JSON body asks; raises `Problem` (400, 422).

    It is `{"rows": [{...}, ...]}`, `{"columns": {"age": [...], ...}}` or a list of rows; `key` beside them is optional.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "body-json", f"the body is no JSON: {error}{hint_of(body)}") from error
    if isinstance(said, list):
        said = {"rows": said}
    if (
        not isinstance(said, dict)
        or ("rows" in said) is ("columns" in said)
        or said.keys() - {"rows", "columns", "key"}
    ):
        raise Problem(
            422,
            "body-form",
            'a request is {"rows": [{...}]} or {"columns": {"name": [...]}}, with an optional "key"',
        )
    key = said.get("key", "")
    if type(key) is not str or len(key) > LONGEST_KEY:
        raise Problem(422, "body-form", f"key has to be a text of at most {LONGEST_KEY} characters")
    rows, columns = said.get("rows"), said.get("columns")
    if "rows" in said and not (isinstance(rows, list) and all(type(row) is dict for row in rows)):
        raise Problem(422, "body-form", "rows has to be a list of objects, one a row")
    if "columns" in said and not (
        isinstance(columns, dict) and all(type(values) is list for values in columns.values())
    ):
        raise Problem(422, "body-form", "columns has to be an object with a list a column")
    return Asked(rows=rows, columns=columns, key=key)


def hint_of(body: bytes) -> str:
    """Return what helps where a body has a word that Python writes and JSON does not know, else nothing."""
    return "; no value is null in JSON, which has no NaN and no Infinity" if NO_JSON.search(body) else ""


def written(answers: Answers) -> bytes:
    """Return answers as JSON."""
    return orjson.dumps(form(answers), option=OPTIONS, default=listed)


def form(answers: Answers) -> dict[str, Any]:
    """Return answers by the names that their JSON has."""
    said: dict[str, Any] = {"predictions": serializable(answers.predictions)}
    if answers.probabilities is not None:
        said["probabilities"] = serializable(answers.probabilities)
        if answers.classes:
            said["classes"] = answers.classes
    return said


def serializable(values: Any) -> Any:
    """Return values as orjson takes them: arrays of numbers as they are, those of texts as lists."""
    kind = getattr(getattr(values, "dtype", None), "kind", "")
    if not kind:
        return values
    return values if kind in "iufb" and values.flags.c_contiguous else values.tolist()


def listed(value: Any) -> Any:
    """Return what orjson does not know as what it knows."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError


def entry(served: Served, columns: Columns, answers: Answers, request: str, variant: str) -> bytes:
    """Return the line of the log: columns marked `pii` are left out and named."""
    private = served.private
    return orjson.dumps(
        {
            "request": request,
            "at": time.time(),
            "model": served.release.name,
            "version": served.release.version,
            "digest": served.release.digest,
            "variant": variant,
            "inputs": {name: values for name, values in columns.items() if name not in private},
            "redacted": sorted(private & columns.keys()),
            "outputs": form(answers),
        },
        option=OPTIONS,
        default=listed,
    )
