"""`data update --propose`: fetch, keep, propose."""
