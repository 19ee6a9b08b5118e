"""Settings that Optuna proposes, by what those before them reached. Needs Optuna."""

from __future__ import annotations

from typing import Any

from mlgit.dvc.search_space import Range, Settings, Space
from mlgit.errors import ExternalError


class OptunaSearch:
    """A study over a space; a seed and the same values give the same proposals."""

    def __init__(self, space: Space, *, seed: int, higher_is_better: bool) -> None:
        """Raise `ExternalError` (`experiments-optuna`) where Optuna is not installed."""
        try:
            import optuna
        except ImportError as error:
            raise ExternalError(
                "experiments-optuna",
                "--method optuna takes Optuna, which is not installed",
                hint='pip install "mlgit[optuna]"; or --method random',
            ) from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._space = space
        self._study = optuna.create_study(
            direction="maximize" if higher_is_better else "minimize",
            sampler=optuna.samplers.TPESampler(seed=seed),
        )
        self._trial: Any = None

    def propose(self) -> Settings:
        """Return the settings to try next."""
        self._trial = self._study.ask()
        return {name: self._value(name, values) for name, values in self._space.items()}

    def tell(self, value: float | None) -> None:
        """Say what the settings proposed last reached; None where they reached nothing."""
        from optuna.trial import TrialState

        if value is None:
            self._study.tell(self._trial, state=TrialState.FAIL)
        else:
            self._study.tell(self._trial, value)

    def _value(self, name: str, values: Any) -> Any:
        """Return the value that is proposed for a parameter."""
        if not isinstance(values, Range):
            return values[self._trial.suggest_categorical(name, range(len(values)))]
        if values.whole:
            return self._trial.suggest_int(name, int(values.low), int(values.high), log=values.log)
        return float(f"{self._trial.suggest_float(name, values.low, values.high, log=values.log):.4g}")
