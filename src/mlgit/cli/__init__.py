"""The door: arguments in, a view and an exit code out."""
