"""The students of the institution."""
