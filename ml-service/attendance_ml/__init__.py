"""The ML service: finds, encodes and matches faces."""
