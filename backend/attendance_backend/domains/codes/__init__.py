"""Codes that a class is shown, and the check-ins made with them."""
