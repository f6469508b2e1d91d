"""The contract between the backend and the ML service."""
