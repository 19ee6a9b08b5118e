"""`comment`: the one comment of a pull request."""
