"""A plan is a value: what would change; apply does exactly that."""
