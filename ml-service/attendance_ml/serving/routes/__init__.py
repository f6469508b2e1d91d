"""The calls of `/api/ml`, one module a subject."""
