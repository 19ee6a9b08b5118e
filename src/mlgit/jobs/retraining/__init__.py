"""Continuous training as values and decisions: what asks for it, what could be trained, what was done. Pure."""
