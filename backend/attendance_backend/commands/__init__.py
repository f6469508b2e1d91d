"""What the program can be told to do on the server itself, a module an area."""

from attendance_backend.commands import (
    admin,
    api,
    audit,
    backups,
    captures,
    inventory,
    keys,
    migrate,
    records,
    reembed,
    retention,
)

AREAS = (api, admin, audit, backups, captures, inventory, keys, migrate, records, reembed, retention)
"""Each has `add_to`, which makes its commands known."""
