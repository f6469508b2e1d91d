"""Terms as reports, one against another."""
