"""The ledger of consents: who agreed to what, when, to which text, and when that ended."""
