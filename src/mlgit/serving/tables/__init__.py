"""A whole table, held against the rules of a request, asked in pieces, its answers written to a file."""
