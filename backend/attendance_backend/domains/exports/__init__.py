"""What the institution can take along: tables that the import reads back. Neither vectors nor photos."""
