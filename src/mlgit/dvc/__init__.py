"""DVC's files read as text (pure), a snapshot of them at a commit, and the one adapter that calls DVC."""
