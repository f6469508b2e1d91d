"""Substitutes: a teacher who takes one session of a subject that others teach."""
