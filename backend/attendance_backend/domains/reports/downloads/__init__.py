"""Reports and records as files."""
