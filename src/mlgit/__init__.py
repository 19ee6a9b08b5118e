"""mlgit makes an ML repository its own MLOps platform."""

__version__ = "0.1.0"
