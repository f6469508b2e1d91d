"""What the declarations of all collections are used for: one person's rows to show, old ones to take away."""
