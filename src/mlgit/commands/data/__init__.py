"""`data`: the tables, their schemas and splits, and where they come from."""
