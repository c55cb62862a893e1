"""Conditions that Rootly cannot filter by: each incident is checked after it was read."""
