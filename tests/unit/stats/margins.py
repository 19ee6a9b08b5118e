"""Margins of whole confusion matrices, which is how other packages give them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mlgit.stats.confusion import Margins


def margins_of(matrices: ArrayLike) -> Margins:
    """Return the margins of confusion matrices of shape (..., classes, classes): rows are truth."""
    cells = np.asarray(matrices, dtype=np.float64)
    hits = np.diagonal(cells, axis1=-2, axis2=-1)
    return Margins(hits=hits, truth=cells.sum(axis=-1), predicted=cells.sum(axis=-2))
