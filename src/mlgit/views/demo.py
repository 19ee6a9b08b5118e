"""The last words of the demo."""

from __future__ import annotations

from pathlib import Path


def demo_text(made: Path, shown: str) -> str:
    """Return where the folder stands and what to try in it."""
    return f"""
The folder {made} is yours to explore:
  cd {shown}
  git log --oneline --all --graph
  mlgit compare main faster-learning
  xdg-open comparison.html
  cat comment.md
  cat mlgit.yaml dvc.yaml
"""
