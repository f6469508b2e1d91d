"""Students enrol their own face, live before the camera. What can't be compared with anything waits for the office."""
