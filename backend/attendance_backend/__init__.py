"""The backend API."""
