"""When a notice goes out by itself, to whom, and what it says."""
