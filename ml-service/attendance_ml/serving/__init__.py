"""The HTTP skin of the faces library."""
