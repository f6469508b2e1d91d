"""What state the whole database is in: with which schema it was written, and whether it is being filled."""
