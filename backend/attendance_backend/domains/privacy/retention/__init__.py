"""The clock of what is kept: class photos and records go when the school's settings say so."""
