"""Reads all incidents that match, or the newest of them, and proves that none is missing."""
