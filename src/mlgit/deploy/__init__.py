"""What runs: targets say what is live and make a version live; golden predictions are asked of its real endpoint."""
