"""First answers to retriable writes, kept for a day."""
