"""The demo: a small class enrolled and its attendance taken from one photo, all through the public API."""
