"""Signing in by OpenID Connect, and which account belongs to which identity of a provider."""
