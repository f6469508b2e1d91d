"""Attendance as reports: what the records come to. It keeps nothing of its own."""
