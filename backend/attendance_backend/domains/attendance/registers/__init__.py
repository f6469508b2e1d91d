"""Registers as shown: what is known of each student of a session."""
