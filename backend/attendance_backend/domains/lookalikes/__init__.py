"""Students whose faces can't be told apart: one enrolled twice, a wrong photo, or twins. A human says which."""
