"""What photos leave behind of a person in captures, sessions and records; shown to that person, and taken away."""
