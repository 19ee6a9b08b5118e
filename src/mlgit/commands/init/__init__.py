"""`init`: a new repository, or one that stands adopted."""
