"""Work that comes back by the clock, done by one of many processes."""
