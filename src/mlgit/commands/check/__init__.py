"""`check`: what CI checks, the same on a laptop."""
