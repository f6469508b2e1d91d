"""Enrolled faces: a student's vectors, encrypted with the student's own data key. Photos are not kept."""
