"""The table of error codes for `docs/reference/errors.md`, made of the error classes themselves."""

from collections.abc import Iterator

from attendance_kit.errors import ServiceError

HEAD = """# Error codes

What `error_code` in a problem document can be, and the status it comes with ([how the API is made](api.md)). Written by
`make openapi`; a test fails where it differs from the program.

| code | status | means |
|---|---|---|
"""


def error_table() -> str:
    """Markdown with a row a code, sorted by code. Only classes that are loaded are known: import the program first."""
    rows = {(error.code, error.status): error.title for error in _below(ServiceError)}
    return HEAD + "".join(f"| `{code}` | {status} | {title} |\n" for (code, status), title in sorted(rows.items()))


def _below(error: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield error
    for narrower in error.__subclasses__():
        yield from _below(narrower)
