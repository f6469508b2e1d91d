"""What the school decides about itself: its name, its time zone and the rules that differ from school to school."""
