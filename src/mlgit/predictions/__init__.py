"""Predictions as they stand at a moment, checked and read into columns; the history and ledger of their use."""
