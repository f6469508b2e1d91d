"""The e-mail address of an account: how another takes its place, and how it is known to be theirs."""
