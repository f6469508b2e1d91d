"""A school's morning: teachers, students and the office at their browsers, while two teachers photograph classes."""

from load.people import Office, Photographer, Student, Teacher

__all__ = ["Office", "Photographer", "Student", "Teacher"]
