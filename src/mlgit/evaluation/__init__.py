"""The evaluator of gates, comparisons and rankings: from two revisions of a project to verdicts with their evidence."""
