"""GitHub's API on loopback: a state machine, a contract check, faults."""
