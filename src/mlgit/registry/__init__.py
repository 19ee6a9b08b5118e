"""Versions of models: annotated tags in GTO's grammar, read as events, folded to what is registered."""
