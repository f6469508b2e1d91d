"""The change to another model: vectors of kept photos, made in the background, compared, switched to, rolled back."""
