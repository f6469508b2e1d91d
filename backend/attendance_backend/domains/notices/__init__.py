"""Notices by mail: by the school's rules or by hand, never twice, and never to those who want none."""
