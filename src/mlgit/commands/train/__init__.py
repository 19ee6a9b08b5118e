"""`train`: run what is out of date, and keep a record."""
