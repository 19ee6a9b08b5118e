"""What sync and init write: templates, the record of what was rendered, the three-way merge."""
