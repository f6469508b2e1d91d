"""Enrolled faces: a student's vectors, encrypted with the student's own data key; photos only if the school says so."""
