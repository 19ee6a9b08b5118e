"""Experiments: sweep a space of parameters, rank what came of it, make a branch of one."""
