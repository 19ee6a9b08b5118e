"""A metric's value and direction, and the comparison of two of them."""
