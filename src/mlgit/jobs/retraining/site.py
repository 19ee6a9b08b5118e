"""Where a retraining concludes, and the words that it says there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from mlgit.dvc.plots import Chart
from mlgit.host.document import CommentDocument
from mlgit.jobs.conclude import Site, Statement
from mlgit.jobs.retraining.age import Overdue
from mlgit.jobs.retraining.decision import Assignment
from mlgit.jobs.retraining.handoff import Conclusion, Lease, Result
from mlgit.jobs.retraining.length import TooLong
from mlgit.jobs.retraining.recovery import Recovered
from mlgit.metrics.comparison import Comparison
from mlgit.refs.log import Log

WORKFLOW = "mlgit-ct"


class Texts(Struct, frozen=True, kw_only=True):
    """What pull requests and issues say; the last argument of most is the address of the run."""

    title: Callable[[Assignment, Comparison], str]
    proposal: Callable[[Lease, Assignment, Result, Comparison, Sequence[Chart], str], CommentDocument]
    issue: Callable[[Lease, Assignment, Result, Comparison | None, str], Statement]
    reported: Callable[[Lease, Overdue | TooLong, str], Statement]
    mended: Callable[[str, Conclusion, float], str]
    settled: Callable[[Lease, Recovered, float], str]


class TrainingSite(Site, frozen=True, kw_only=True):
    """A site with the ledger of retraining."""

    log: Log
    texts: Texts
