"""Which model's vectors are compared, and which are made beside it: the one place where a switch happens."""
