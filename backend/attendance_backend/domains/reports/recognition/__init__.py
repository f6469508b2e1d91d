"""How good recognition is in this school, by what its staff made of what the photos said."""
