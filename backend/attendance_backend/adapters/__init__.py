"""The only code that knows the outside: the database, the ML service, files and cryptography."""
