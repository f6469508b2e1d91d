"""Many face photos at once, out of a ZIP whose files are named by roll number."""
