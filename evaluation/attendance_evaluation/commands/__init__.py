"""The commands, a module each. Each prints what it measured and returns whether it holds what it proves."""
