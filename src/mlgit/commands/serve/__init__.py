"""`serve`: a model behind an address on this machine."""
