"""One module a verb: read, decide, return a result. No printing, no arguments, no exit codes."""
