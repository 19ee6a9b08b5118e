"""Statistics that hold: paired intervals, resampling, three-valued decisions (pure functions; numpy only).

Nothing is imported here, so that `import mlgit.stats` costs nothing; `decision`, `power`, `budget`, `multiple`
and `interval` need no numpy, the other modules import it at their top and are imported lazily by callers.

Where to look: `paired` compares two models on checked `evidence`; `proportions`, `ranking`, `bootstrap`,
`losses`, `sums` and `clusters` hold the laws behind it; `decision` turns an interval into PASS, FAIL or
UNDECIDED; `power` and `budget` say how many items that takes and how often a test set may be asked.
"""
