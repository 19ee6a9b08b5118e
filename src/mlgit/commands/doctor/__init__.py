"""`doctor`: what is missing on this machine, in this repository and on its host."""
