"""Who an archive tells of: students, teachers and guardians."""
