"""What requests and answers are written in."""
