"""What is wrong with a host, and what shows it."""


class Fault(Exception):
    """A check of a host that failed. The text says which, and what was seen instead."""
