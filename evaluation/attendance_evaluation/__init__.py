"""Accuracy on labelled photos."""
