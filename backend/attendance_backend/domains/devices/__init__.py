"""Devices: kiosks that have a key of their own and are bound to a room."""
