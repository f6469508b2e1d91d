"""What photos of sessions showed, and what became of it, as counts. Nobody is named in them."""
