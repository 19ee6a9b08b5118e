"""`retrain`: decide, train what is stale, propose."""
