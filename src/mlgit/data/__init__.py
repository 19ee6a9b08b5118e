"""Tables: what is in them, the schema they have to keep, the check, the split."""
