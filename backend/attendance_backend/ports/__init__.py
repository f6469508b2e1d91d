"""What the domains need of the outside, as Protocols. Adapters fulfil them; `wiring` brings the two together."""
