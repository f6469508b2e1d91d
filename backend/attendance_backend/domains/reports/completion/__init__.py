"""Whether planned lessons had their attendance taken, and in time."""
