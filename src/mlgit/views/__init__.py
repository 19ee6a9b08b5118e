"""Results to text, Markdown, JSON and HTML; no logic."""
