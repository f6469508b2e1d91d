"""Backups that are made by the clock, into folders that the installation names."""
