"""What both services do alike."""
