"""A repository at a revision: its configuration, pipelines, stages, tables, predictions, records, and a sandbox of it."""
