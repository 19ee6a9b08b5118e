"""`compare`: two moments beside each other."""
