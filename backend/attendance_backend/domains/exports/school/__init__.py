"""Everything that the school has, in one archive for the office to take away."""
