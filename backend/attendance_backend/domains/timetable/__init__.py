"""When the school teaches: terms, holidays, rooms, and what each subject's week looks like."""
