"""Predictions of a table that outgrows the machine: Spark reads and writes it, each of its Python workers asks the same model."""
