"""`reproduce`: train again and hold against what is recorded."""
