"""Files of the people around the students: their guardians, and who teaches them."""
