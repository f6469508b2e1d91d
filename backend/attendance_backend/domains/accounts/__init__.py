"""How an account begins and changes hands: invitations, password resets, roles, deactivation."""
