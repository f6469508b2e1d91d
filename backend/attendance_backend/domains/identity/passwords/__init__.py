"""Which passwords are good enough: by length and by what is commonly guessed, never by symbols."""
