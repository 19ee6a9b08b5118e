"""Refs that mlgit writes: one writer of commits, one compare-and-swap, append-only logs and published branches."""
