"""GitHub: its forge by the REST API, and GitHub Actions as the CI."""
