"""`run`: the workflows of an event on this machine."""
