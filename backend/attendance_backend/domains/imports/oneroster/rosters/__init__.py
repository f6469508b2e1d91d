"""Who learns and teaches what, and when, as an archive tells it."""
