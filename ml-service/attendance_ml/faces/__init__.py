"""The faces library."""
