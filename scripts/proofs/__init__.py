"""What `make prove` runs: one line for each promise, with its figure."""
