"""The terminal block of README.md: `python docs/terminal.py` runs its commands and writes what they print.

`--check` runs them again and fails when anything but a number differs: numbers depend on the machine's clock and on the
versions of libraries.
"""

from __future__ import annotations

import difflib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"(<!-- terminal:[^\n]*-->\n```console\n)(.*?)(```\n<!-- end of terminal -->)", re.S)
NUMBER = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}|\b[0-9a-f]{9}\b|[-+]?[0-9][0-9.,]*|better|worse|same| +")
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Example"), ("EMAIL", "example@example.org"))
}


def played(block: str) -> str:
    """Run the commands of a block in a fresh folder, and return the block with what they print now."""
    bin_folder = Path(sys.executable).parent
    path = os.pathsep.join((str(bin_folder), os.environ.get("PATH", os.defpath)))
    environment = {**os.environ, **IDENTITY, "PATH": path, "NO_COLOR": "1"}
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command in (line[2:] for line in block.splitlines() if line.startswith("$ ")):
            lines.append(f"$ {command}\n")
            if command.startswith("cd "):
                folder = folder / command[3:]
                continue
            done = subprocess.run(
                ["bash", "-c", command],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                sys.exit(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
            lines.append(done.stdout)
    return "".join(lines)


def main() -> int:
    """Write the block, or with `--check` compare it and return 1 when it differs in more than numbers."""
    text = README.read_text()
    found = BLOCK.search(text)
    if not found:
        sys.exit("README.md has no terminal block")
    now = played(found.group(2))
    if "--check" not in sys.argv[1:]:
        README.write_text(text[: found.start(2)] + now + text[found.end(2) :])
        return 0
    before, after = (NUMBER.sub("#", part).splitlines(True) for part in (found.group(2), now))
    sys.stdout.writelines(difflib.unified_diff(before, after, "README.md", "now"))
    if before != after:
        print("the terminal block of README.md is out of date: nox -s generate")
    return int(before != after)


if __name__ == "__main__":
    sys.exit(main())
