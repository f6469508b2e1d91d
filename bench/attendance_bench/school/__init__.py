"""A school of 1,500 under load: founded through the API, played by locust, judged by what was answered and kept."""
