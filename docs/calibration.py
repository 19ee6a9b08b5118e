"""Put a model exactly on its bound, law by law, and write how often it passes and fails.

    python docs/calibration.py [--draws 5000] [--seconds 10]
    python docs/calibration.py --part areas --parts FOLDER
    python docs/calibration.py --page --parts FOLDER

A PASS is wrong there, and so is a FAIL. Each setting runs through the evaluator that `mlgit gate` calls, at 5 % and at
the 0.156 % of one of 32 evaluations. Without `--part` and `--page` all runs, and docs/explanation/calibration.md is written.
`--part` runs a law, or `power` or `lookers`, and keeps it in a folder; `--page` writes the page from such parts of one
commit, after the first draws of each line fell here as they did there. More wrong PASSes than one and a half times the nominal
share and three standard errors, or more wrong FAILs than that share and three standard errors, end it with 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.calibration.beside import lookers, powers  # noqa: E402
from tests.calibration.parts import Part, commit_here, differing, measured, read_part, write_part  # noqa: E402
from tests.calibration.settings import LAWS  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "calibration.md"
BESIDE = ("power", "lookers")
HEAD = """# How often a verdict is wrong

A model exactly on its bound: a PASS is wrong there, and so is a FAIL. Percent of draws, through the function that `mlgit
gate` calls, for one evaluation by itself (5 %) and for one of 32 (0.156 %). Written by `nox -s calibration`, all lines at one
commit ({commit}); a wrong PASS in more than one and a half times that and three standard errors fails it, and so does a wrong
FAIL in more than that and three standard errors. A line that does in the time it has is drawn on before that is said.

A line of few draws proves little, and of 0.156 % nothing: to see that seldom takes some thousands of draws. That a share of
one model keeps to it is also summed exactly, over every outcome there can be (`tests/unit/stats/test_stats_on_the_bound.py`).
Over all lines of a law:

| law | lines | draws | PASS at 5 % | FAIL at 5 % | PASS at 0.156 % | FAIL at 0.156 % |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{all_lines}

Line by line:

| law | setting | asked | draws | PASS at 5 % | FAIL at 5 % | PASS at 0.156 % | FAIL at 0.156 % |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |
"""


def main() -> int:
    """Run what is asked for; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=5_000)
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="CPU seconds of a setting at most; 0: no limit"
    )
    parser.add_argument("--powers", type=int, default=500, help="draws of each line of the second table")
    parser.add_argument("--histories", type=int, default=200, help="of each line of the third table")
    parser.add_argument("--part", choices=[*LAWS, *BESIDE])
    parser.add_argument("--parts", type=Path, help="the folder of the parts")
    parser.add_argument("--page", action="store_true", help="write the page from the parts")
    asked = parser.parse_args()
    if asked.part:
        run([asked.part], asked.parts or Path(), asked)
    elif asked.page:
        return write_page(asked.parts or Path())
    else:
        with tempfile.TemporaryDirectory() as folder:
            run([*LAWS, *BESIDE], Path(folder), asked)
            return write_page(Path(folder))
    return 0


def run(names: list[str], folder: Path, asked: argparse.Namespace) -> None:
    """Run laws and tables, and keep each as a part."""
    for name in names:
        commit = commit_here(ROOT)
        if name == "power":
            part = Part(commit=commit, text=powers(asked.powers, commit))
        elif name == "lookers":
            part = Part(commit=commit, text=lookers(asked.histories, commit))
        else:
            lines = []
            for case in LAWS[name]():
                line = measured(case, asked.draws, asked.seconds)
                # Few draws of something rare break it by chance: all of them, however long it takes, tell.
                lines.append(measured(case, asked.draws, 0.0) if line.broken else line)
                print(lines[-1].row(name), *lines[-1].broken, flush=True)
            part = Part(commit=commit, lines=tuple(lines))
        write_part(folder, name, part)


def write_page(folder: Path) -> int:
    """Write the page from its parts; 1 where they are not of one state, or a law does not keep what it says."""
    parts = {name: read_part(folder, name) for name in (*LAWS, *BESIDE)}
    commits = {part.commit for part in parts.values()}
    wrong = [] if len(commits) == 1 else [f"parts of {len(commits)} commits: {', '.join(sorted(commits))}"]
    wrong += differing(LAWS, parts)
    if wrong:
        print("not of one state:", *wrong, sep="\n  ")
        return 1
    rows = [line.row(law) for law in LAWS for line in parts[law].lines]
    head = HEAD.format(commit=commits.pop(), all_lines=together(parts))
    beside = "".join(parts[name].text for name in BESIDE)
    PAGE.write_text(head + "\n".join(rows) + "\n" + beside, encoding="utf-8")
    broken = [
        f"{law}: {line.setting}, {line.asked}: {what}"
        for law in LAWS
        for line in parts[law].lines
        for what in line.broken
    ]
    print(*broken, sep="\n")
    return 1 if broken else 0


def together(parts: dict[str, Part]) -> str:
    """Return a row for each law, and one for all of them: what its lines show together."""
    found = {law: parts[law].lines for law in LAWS}
    found["all"] = tuple(line for lines in found.values() for line in lines)
    rows = []
    for law, lines in found.items():
        draws = sum(line.draws for line in lines)
        shares = " | ".join(
            f"{100 * sum(counts) / draws:.3f}"
            for place in (0, 1)
            for counts in ([line.passes[place] for line in lines], [line.fails[place] for line in lines])
        )
        rows.append(f"| {law} | {len(lines)} | {draws:,} | {shares} |")
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
