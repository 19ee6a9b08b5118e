"""Post a 9 KB report to a stand-in of GitHub on this machine: CPU seconds, peak memory, requests, beside bare Python.

    python benchmarks/comment.py [--runs 15]

Each run is a new process from its start to its end, on plain http. Runs of both kinds alternate, so that the ratio
holds on a noisy machine. A third kind adds what https costs before the first byte: reading the certificates.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
BARE = "pass"
POST = """
import os
from pathlib import Path
from mlgit.host.document import CommentDocument, Section
from mlgit.host.github.forge import connect
from mlgit.host.sticky import ReportKey, post_report
from mlgit.world.context import SilentConsole, Context
from mlgit.world.processes import SystemProcesses
rows = tuple(f"| metric_{number:03d} | 0.8123 | 0.8241 | +0.0118 [0.0040, 0.0196] |" for number in range(160))
head = "| metric | base | this | change |\\n| --- | --- | --- | --- |"
document = CommentDocument(verdict="**Better**", sections=(Section(title="Metrics", weight=1, head=head, pieces=rows),))
context = Context(directory=Path("."), environment=dict(os.environ), processes=SystemProcesses(), console=SilentConsole())
forge = connect(context)
(pull,) = forge.pull_requests_at("a" * 40, head="octo-org:deeper")
posted = post_report(forge, pull.number, ReportKey(workflow="ci", report=os.environ["REPORT"]), document)
assert posted.outcome == "created" and 9_000 < len(posted.body) < 12_000, (posted.outcome, len(posted.body))
"""
SECURE = POST + "\nimport ssl\nssl.create_default_context()\n"
PEAK = "\nprint(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])\n"
"""Ends a run with its own peak in kB: what the parent is told of a child also counts the parent's pages before exec."""


def seconds(code: str, environment: Mapping[str, str]) -> float:
    """Return the CPU seconds of a new process that runs `code`."""
    child = subprocess.Popen([sys.executable, "-c", code], env=dict(environment))
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"a run failed with exit code {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def megabytes(code: str, environment: Mapping[str, str]) -> float:
    """Return the peak memory of a new process that runs `code` (Linux)."""
    done = subprocess.run(
        [sys.executable, "-c", code + PEAK], env=dict(environment), check=True, capture_output=True
    )
    return int(done.stdout) / 1024


def main() -> None:
    """Measure and print one line a kind."""
    from tests.github.stub_server import StubServer

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    kinds = {"bare Python": BARE, "post 9 KB": POST, "the same, certificates read": SECURE}
    spent: dict[str, list[float]] = {name: [] for name in kinds}
    peaks: dict[str, float] = {}
    requests = 0
    with StubServer() as github, tempfile.TemporaryDirectory() as cache:
        github.contents.add_pull_request(head_sha="a" * 40)
        shared = {"PYTHONPATH": str(ROOT / "src"), "PYTHONPYCACHEPREFIX": cache, "PATH": os.defpath}
        for name, code in kinds.items():
            environment = {**shared, **github.environment(), "REPORT": name}
            peaks[name] = megabytes(code, environment)
        for run in range(runs):
            for name, code in kinds.items():
                github.state.requests.clear()
                spent[name].append(seconds(code, {**environment, "REPORT": f"{name} {run}"}))
                requests = max(requests, len(github.state.requests))
        if github.state.violations:
            raise SystemExit("\n".join(github.state.violations))
    bare = statistics.median(spent["bare Python"])
    for name, figures in spent.items():
        median = statistics.median(figures)
        print(f"{name:<28} {median:.3f} CPU s  {median / bare:4.1f} x bare  {peaks[name]:5.1f} MB")
    print(f"requests a report: {requests} (find the pull request, list its comments, write)")


if __name__ == "__main__":
    main()
