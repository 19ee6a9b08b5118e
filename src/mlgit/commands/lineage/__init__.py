"""`lineage`: what a model was made from, and whether that still holds."""
