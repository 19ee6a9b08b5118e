"""Work in two levels of trust: request, lease, run without rights, handoff, conclude with rights."""
