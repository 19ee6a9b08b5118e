"""No server at all: pull requests in a folder of .git, and no CI around the run."""
