"""What students ask to have corrected, and what they are answered."""
