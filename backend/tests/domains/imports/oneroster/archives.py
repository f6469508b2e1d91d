"""OneRoster archives as tests and proofs write them: a small school, or one of any size, in terms that are not over."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence

Table = Sequence[Sequence[str]]
SESSIONS: Table = (
    (
        "sourcedId",
        "status",
        "dateLastModified",
        "title",
        "type",
        "startDate",
        "endDate",
        "parentSourcedId",
        "schoolYear",
    ),
    ("y1", "", "", "Year", "schoolYear", "2020-09-01", "2099-07-01", "", "2027"),
    ("t1", "", "", "Autumn", "term", "2020-09-01", "2020-12-21", "y1", "2027"),
    ("t2", "", "", "Spring", "term", "2021-01-04", "2099-07-01", "y1", "2027"),
)
ORGS: Table = (("sourcedId", "status", "dateLastModified", "name", "type"), ("o1", "", "", "A school", "school"))
COURSES: Table = (("sourcedId", "status", "dateLastModified", "title", "orgSourcedId"), ("k1", "", "", "Maths", "o1"))
CLASSES: Table = (
    ("sourcedId", "status", "dateLastModified", "title", "courseSourcedId", "classCode", "termSourcedIds"),
    ("c1", "", "", "Maths 7a", "k1", "MA7A", "t1,t2"),
    ("c2", "", "", "Maths 7b", "k1", "", "t1,t2"),
)
USERS: Table = (
    (
        *("sourcedId", "status", "dateLastModified", "enabledUser", "username", "givenName", "familyName"),
        *("identifier", "email", "agentSourcedIds"),
    ),
    ("u1", "", "", "true", "zoe", "Zoë", 'O"Doe', "R-1", "zoe@school.example", "u5"),
    ("u2", "", "", "true", "ben", "Ben", "Doe", "", "", "u5,u6"),
    ("u3", "", "", "true", "tea", "Tea", "Cher", "", "tea@school.example", ""),
    ("u4", "", "", "true", "co", "Co", "Cher", "", "co@school.example", ""),
    ("u5", "", "", "true", "par", "Par", "Ent", "", "par@home.example", ""),
    ("u6", "", "", "true", "rel", "Rel", "Ative", "", "", ""),
)
ROLES: Table = (
    ("sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "orgSourcedId"),
    *((f"r{n}", "", "", f"u{n}", "primary", "student", "o1") for n in (1, 2)),
    *((f"r{n}", "", "", f"u{n}", "primary", "teacher", "o1") for n in (3, 4)),
    ("r5", "", "", "u5", "primary", "parent", "o1"),
    ("r6", "", "", "u6", "primary", "relative", "o1"),
)
ENROLMENTS: Table = (
    (
        *("sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId", "userSourcedId"),
        *("role", "primary", "beginDate", "endDate"),
    ),
    ("e1", "", "", "c1", "o1", "u1", "student", "", "", ""),
    ("e2", "", "", "c1", "o1", "u2", "student", "", "2020-10-01", "2020-11-01"),
    ("e3", "", "", "c2", "o1", "u2", "student", "", "2020-11-01", ""),
    ("e4", "", "", "c1", "o1", "u4", "teacher", "false", "", ""),
    ("e5", "", "", "c1", "o1", "u3", "teacher", "true", "", ""),
)
SCHOOL: Mapping[str, Table] = {
    "academicSessions": SESSIONS,
    "orgs": ORGS,
    "courses": COURSES,
    "classes": CLASSES,
    "users": USERS,
    "roles": ROLES,
    "enrollments": ENROLMENTS,
}


def written(table: Table, encoding: str = "utf-8", line_end: str = "\r\n") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=line_end).writerows(table)
    return text.getvalue().encode(encoding)


def manifest(modes: Mapping[str, str], version: str = "1.2") -> bytes:
    rows = [("propertyName", "value"), ("manifest.version", "1.0"), ("oneroster.version", version)]
    return written([*rows, *((f"file.{name}", mode) for name, mode in modes.items())])


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def archive(tables: Mapping[str, Table] = SCHOOL, mode: str = "bulk") -> bytes:
    """An archive of these tables, all of them bulk or all of them delta."""
    files = {f"{name}.csv": written(table) for name, table in tables.items()}
    return zipped({"manifest.csv": manifest(dict.fromkeys(tables, mode)), **files})


def with_rows(name: str, *rows: Sequence[str], without: Sequence[str] = ()) -> dict[str, Table]:
    """The small school with more rows in a table, and without those of some ids."""
    kept = [row for row in SCHOOL[name] if row[0] not in without]
    return {**SCHOOL, name: (*kept, *rows)}


def large(students: int, classes: int, each: int) -> dict[str, Table]:
    """A school in which each student is in `each` of the classes, and every tenth class has a teacher of its own."""
    teachers = [f"t{n}" for n in range(max(1, classes // 2))]
    users = [USERS[0]]
    users += [(f"s{n}", "", "", "true", f"s{n}", "Given", f"Family {n}", f"R{n}", "", f"g{n}") for n in range(students)]
    users += [(one, "", "", "true", one, "Given", one, "", f"{one}@school.example", "") for one in teachers]
    users += [(f"g{n}", "", "", "true", f"g{n}", "Parent", f"of {n}", "", "", "") for n in range(students)]
    roles = [ROLES[0], *((f"rs{n}", "", "", f"s{n}", "primary", "student", "o1") for n in range(students))]
    roles += [(f"rt{one}", "", "", one, "primary", "teacher", "o1") for one in teachers]
    roles += [(f"rg{n}", "", "", f"g{n}", "primary", "parent", "o1") for n in range(students)]
    taught = [(f"c{n}", "", "", f"Class {n}", "k1", f"C{n}", "") for n in range(classes)]
    enrolled = [ENROLMENTS[0]]
    for n in range(students):
        for k in range(each):
            room = f"c{(n + k) % classes}"
            enrolled.append((f"e{n}-{k}", "", "", room, "o1", f"s{n}", "student", "", "", ""))
    enrolled += [
        (f"et{n}", "", "", f"c{n}", "o1", teachers[n % len(teachers)], "teacher", "true", "", "")
        for n in range(classes)
    ]
    return {**SCHOOL, "users": users, "roles": roles, "classes": (CLASSES[0], *taught), "enrollments": enrolled}
