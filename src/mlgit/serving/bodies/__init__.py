"""What requests for predictions and their answers are written in: JSON, Arrow, raw float32. One module per form."""
