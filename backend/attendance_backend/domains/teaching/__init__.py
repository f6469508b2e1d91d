"""Subjects, who teaches them and who is on their rosters."""
