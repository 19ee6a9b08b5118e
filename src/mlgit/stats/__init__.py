"""Statistics that hold: paired intervals, resampling, verdicts of three values (pure functions; numpy only).

Nothing is imported here, so that `import mlgit.stats` costs nothing; `decision`, `power`, `multiple` and `interval`
need no numpy, the other modules import it at their top and are imported lazily by callers.

Where to look: `estimators` has the estimator of each metric on checked `evidence`; `proportions`, `cells`, `ranking`,
`losses`, `ratio` and `linear` hold the methods behind them, `reach` what they all add for few items; `decision` turns an interval into PASS, FAIL
or UNDECIDED; `power` says how many items that takes.
"""
