"""Which of a student's guardians the rows of a file mean, and what the file changes of them. It asks nobody."""

from collections.abc import Callable, Mapping, Sequence

from attendance_backend.domains.imports.policy import composed
from attendance_backend.domains.imports.schemas import GuardianRow
from attendance_backend.domains.people.schemas import Guardian


def paired(rows: Sequence[GuardianRow], kept: Sequence[Guardian]) -> Mapping[int, Guardian]:
    """Whom of one student's guardians each row means, by its line: by what another system calls them, else by name.

    An address alone tells nobody: parents share one. It tells two of one name apart.
    """
    found = dict[int, Guardian]()
    ways: Sequence[Callable[[GuardianRow, Guardian], bool]] = (_same_id, _same_name_and_address, _same_name)
    for is_same in ways:
        for row in [row for row in rows if row.line not in found]:
            free = [guardian for guardian in kept if guardian not in found.values()]
            if one := next((guardian for guardian in free if is_same(row, guardian)), None):
                found[row.line] = one
    return found


def _same_id(row: GuardianRow, kept: Guardian) -> bool:
    return row.external_id is not None and row.external_id == kept.external_id


def _same_name(row: GuardianRow, kept: Guardian) -> bool:
    apart = row.external_id and kept.external_id and row.external_id != kept.external_id
    return row.name.casefold() == composed(kept.name).casefold() and not apart


def _same_name_and_address(row: GuardianRow, kept: Guardian) -> bool:
    return row.email == kept.email and _same_name(row, kept)


def differences(kept: Guardian, row: GuardianRow) -> dict[str, object]:
    """The fields that change; what the file does not tell stays, and so does an address by which somebody signs in."""
    told = {"external_id": row.external_id, "email": None if kept.user_id else row.email}
    differs: dict[str, object] = {name: value for name, value in told.items() if value and getattr(kept, name) != value}
    return differs if composed(kept.name) == row.name else {"name": row.name, **differs}


def keeps_address(kept: Guardian, row: GuardianRow) -> bool:
    """Whether the file has another address than the one by which they sign in, which is their own to change."""
    return kept.user_id is not None and row.email not in {None, kept.email}
