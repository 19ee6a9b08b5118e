"""`gate`: whether a model may pass."""
