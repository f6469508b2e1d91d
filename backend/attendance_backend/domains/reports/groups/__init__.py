"""Attendance by class: the groups that students are in."""
