"""Whole files of students, rosters and consents: read, judged row by row, and taken over as one change."""
