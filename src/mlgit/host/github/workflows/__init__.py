"""Workflows of GitHub Actions, executed on this machine: what would start them, what runs them, what they left."""
