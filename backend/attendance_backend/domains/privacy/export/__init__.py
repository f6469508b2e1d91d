"""Everything that is kept about one person, for that person to take away."""
