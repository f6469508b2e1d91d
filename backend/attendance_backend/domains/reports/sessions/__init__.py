"""One session as a report."""
