"""The captures that wait, and those that were given up: told, and put back into the queue."""
