"""What an existing repository says of itself: its Python, its packages, its tests, its ways, and what will be red."""
