"""Rootly and incident.io, emulated over HTTP on loopback, with made-up data in SQLite."""
