"""`mlgit.yaml`: one model that feeds the reader, the defaults, the JSON Schema and the reference page."""
