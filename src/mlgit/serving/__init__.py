"""A model behind an address: what it takes, what it says, and how it is asked over HTTP."""
