"""How often somebody may try to sign in: an attacker ever more slowly, the owner of an account nearly always."""
