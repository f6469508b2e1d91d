"""Users, sign-in, roles and what each may do."""
