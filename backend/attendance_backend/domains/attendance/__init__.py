"""Sessions, captures and records: from a photo of the class to who was there."""
