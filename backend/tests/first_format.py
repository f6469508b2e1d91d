"""A backup of the first format, as an earlier program wrote it, with one photo. It is never written again."""

KEY = b"k" * 32
PHOTO = ("one", b"a photo")
CONTENT = """
c21hcnQtYXR0ZW5kYW5jZSBiYWNrdXAgMQqhWzB7DnaTEHZ5tHcGi9jT1kLU+TLZRe5xJIq8d6jSnDOLKjA7qzTYAAAAlppkRJbVTdbtVPC/rM
9Jh1OngUS38GbHFzNfJhNCgZXQalRfxVYRy8Lzzpcnp+lbiZ1DVL0fHuH90X1e0bhhK1FDZJzej99LuTg2OQWjM+HjNA6YFCHQ/lrkoQAKPSKb
Wqz9//uN11hSaBrqUb9JyO0TMCEUmBJ+MQDANAI22yiiUQw2pZDRDFs4IA5o4yT5pdFlOXS+nAAAAB1nD4t+ZHnUMjYBdgG7GmgsKxGnH9/UKK
/ft1BkdYAAAJoCsyWbAYmXJ7/ggh81PYTmp3ezxa0Y/7fwZLI1+e4hSbJ+uFqVtKZkRL5obpH9qwDGMdl7/mTjTr6GVt9ZiO5t8ZA+89QmUEvw
rTcoeiOWqhTsAJ0Bo5Yb1S141xkqdnqXga5sD/sSq9GMxuDMpkDsS5eY30Et4+l6sAlZUVlUw30tO+hea+cyykR3d8T6k/peTX7bmwrmT/P4
"""
"""In base64."""
