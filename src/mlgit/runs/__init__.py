"""What is known of a training afterwards: its record, where records lie, and what they say of a model."""
