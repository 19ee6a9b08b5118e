"""The last words of the demo."""

from __future__ import annotations

from pathlib import Path


def demo_text(made: Path, shown: str) -> str:
    """Return where the folder stands and what to try in it; `shown` is how the user writes it."""
    return f"""
The folder {made} is yours to explore, and to delete:
  cd {shown}/tumours
  git log --oneline --all --graph
  mlgit compare main faster-learning
  cat mlgit.yaml dvc.yaml
  cat ../comment.md
  xdg-open ../comparison.html
"""
