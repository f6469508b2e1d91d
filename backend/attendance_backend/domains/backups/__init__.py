"""Copies of the whole database, at one moment: to a file and back, or to another server."""
