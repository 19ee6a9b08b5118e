"""Predictions as they stand at a revision, checked and read into columns; the history and ledger of their use."""
