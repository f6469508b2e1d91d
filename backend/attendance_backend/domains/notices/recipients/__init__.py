"""Who is written to about a student, a lesson or the school, and where they are reached."""
