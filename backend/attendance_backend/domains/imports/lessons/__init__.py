"""Files of lessons: whole timetables of subjects."""
