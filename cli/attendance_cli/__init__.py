"""The smart-attendance command."""
