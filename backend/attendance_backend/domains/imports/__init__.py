"""Whole files of people, rosters, consents and lessons: read, judged row by row, and taken over as one change."""
