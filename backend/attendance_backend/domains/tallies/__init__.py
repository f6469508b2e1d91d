"""Attendance in numbers: roll-ups of the records, by day."""
