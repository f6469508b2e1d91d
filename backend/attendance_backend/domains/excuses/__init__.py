"""Who will not be there, and why: given or asked for in advance."""
