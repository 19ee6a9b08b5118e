"""Data updates as a job: fetch tables anew, hand off what is new, propose it."""
