"""Who of an archive's users is what, and whom of those kept they are. It asks nobody."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from attendance_backend.domains.imports.oneroster.policy import GUARDIANS, STUDENT, TEACHER
from attendance_backend.domains.imports.oneroster.schemas import Archive, FileIssue, Kind, Somebody, error, warning
from attendance_backend.domains.people.schemas import Guardian


class Kept(Protocol):
    """Somebody, or something, that is kept."""

    @property
    def id(self) -> str: ...

    @property
    def external_id(self) -> str | None: ...


K = TypeVar("K", bound=Kept)


@dataclass(frozen=True)
class Cast:
    """Who is what. `guardians` are by student; `gone` are students who left, `left` are users of other roles."""

    students: Sequence[Somebody]
    teachers: Sequence[Somebody]
    guardians: Mapping[str, Sequence[Somebody]]
    gone: Sequence[Somebody]
    left: Sequence[str]
    issues: Sequence[FileIssue]


def cast(archive: Archive, students: Collection[str], users: Collection[str]) -> Cast:
    """Who is what by the roles of the archive; of whom a delta tells no role, by what they are here."""
    roles = _roles(archive)
    for one in archive.people:
        if one.id not in roles and not archive.has_all(Kind.ROLES):
            roles[one.id] |= {STUDENT} if one.id in students else set()
            roles[one.id] |= {TEACHER} if one.id in users else set()
    there = [one for one in archive.people if not one.deleted]
    gone = [one for one in archive.people if one.deleted]
    return Cast(
        students=[one for one in there if STUDENT in roles[one.id]],
        teachers=[one for one in there if TEACHER in roles[one.id]],
        guardians=_guardians(there, roles),
        gone=[one for one in gone if one.id in students],
        left=[one.id for one in there if not roles[one.id] & {STUDENT, TEACHER}],
        issues=[*_issues(archive, roles), *_staying(gone, students)],
    )


def _roles(archive: Archive) -> defaultdict[str, set[str]]:
    roles = defaultdict[str, set[str]](set)
    for role in archive.roles:
        if not role.deleted:
            roles[role.user_id].add(role.role)
    return roles


def _issues(archive: Archive, roles: Mapping[str, set[str]]) -> Iterable[FileIssue]:
    told = {one.id for one in archive.people}
    for role in archive.roles:
        if role.user_id not in told and not role.deleted:
            message = "There is no such user in users.csv."
            tell = error if archive.has_all(Kind.USERS) else warning
            yield tell(Kind.ROLES.file, role.line, "userSourcedId", "UNKNOWN_USER", message)
    for one in archive.people:
        if not one.deleted and not roles.get(one.id):
            message = "No row of roles.csv says what this user is: left out."
            yield warning(Kind.USERS.file, one.line, "sourcedId", "NO_ROLE", message)
        for agent in one.agent_ids:
            if agent not in told and archive.has_all(Kind.USERS):
                message = "One of these users is not in users.csv."
                yield warning(Kind.USERS.file, one.line, "agentSourcedIds", "UNKNOWN_AGENT", message)


def _staying(gone: Iterable[Somebody], students: Collection[str]) -> Iterable[FileIssue]:
    for one in gone:
        if one.id not in students:
            message = "Accounts and guardians are taken away by the office, not by a file."
            yield warning(Kind.USERS.file, one.line, "status", "NOT_REMOVED", message)


def _guardians(there: Sequence[Somebody], roles: Mapping[str, set[str]]) -> dict[str, list[Somebody]]:
    """Who has care of each student, whichever of the two names the other."""
    caring = {one.id: one for one in there if roles[one.id] & GUARDIANS}
    found = defaultdict[str, dict[str, Somebody]](dict)
    for one in there:
        for agent in one.agent_ids:
            if STUDENT in roles[one.id] and agent in caring:
                found[one.id][agent] = caring[agent]
            if one.id in caring and STUDENT in roles.get(agent, ()):
                found[agent][one.id] = one
    return {student: list(theirs.values()) for student, theirs in found.items()}


def matched(external_id: str, key: str, by_external: Mapping[str, K], by_key: Mapping[str, K]) -> tuple[K | None, bool]:
    """Who is meant, and whether somebody else has the key.

    Who has the key and was named by no other system yet is the one who is meant.
    """
    holder, found = by_key.get(key), by_external.get(external_id)
    if found is None and holder and holder.external_id is None:
        found = holder
    return found, holder is not None and (found is None or holder.id != found.id)


def differences(kept: Kept, one: Somebody, fields: Sequence[str]) -> dict[str, object]:
    """The fields that change; what the archive does not tell stays."""
    told = {"external_id": one.id, **{name: getattr(one, name) for name in fields}}
    return {name: value for name, value in told.items() if value and getattr(kept, name) != value}


def guardian_of(one: Somebody, kept: Sequence[Guardian]) -> Guardian | None:
    """Who of a student's guardians is meant: by id, else by address or name of those that no system has named."""
    named = next((guardian for guardian in kept if guardian.external_id == one.id), None)
    others = [guardian for guardian in kept if guardian.external_id is None]
    by_email = next((guardian for guardian in others if one.email and guardian.email == one.email), None)
    by_name = next((guardian for guardian in others if guardian.name.casefold() == one.name.casefold()), None)
    return named or by_email or by_name
