"""Whether students attended, and how that came to be."""
