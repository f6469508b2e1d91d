"""Notices over HTTP: rules and what they refuse, previews, logs, and opting out in the app or by a mail's link."""

import pytest
from backend.tests.conftest import EMAIL, PASSWORD, Backend, Class, Person, sign_in
from backend.tests.matrix import opt_out_token

RULE = {"enabled": True, "to": ["student", "guardians"], "hour": 8, "text": "{name}: {lessons}"}


async def test_every_rule_is_off_until_the_office_switches_it_on(office: Person) -> None:
    at_first = (await office.done("GET", "/notice-rules"))["items"]
    kept = await office.done("PUT", "/notice-rules/absence", json=RULE, headers={"If-Match": "0"})
    again = await office.ask("PUT", "/notice-rules/absence", json=RULE, headers={"If-Match": "0"})
    seen = await office.ask("GET", "/notice-rules/absence")

    assert [(rule["kind"], rule["enabled"], rule["version"]) for rule in at_first] == [
        ("low_attendance", False, 0),
        ("absence", False, 0),
        ("untaken", False, 0),
    ]
    assert {**RULE, "to": ["guardians", "student"]}.items() <= kept.items()
    assert (again.status_code, again.json()["error_code"]) == (412, "VERSION_CONFLICT")
    assert (seen.json(), seen.headers["ETag"]) == (kept, '"1"')


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        ("absence", {"text": "{rate}"}, "text"),
        ("absence", {"text": "{name"}, "text"),
        ("untaken", {"text": "{lessons}"}, "to"),
        ("absence", {"hour": 24}, "hour"),
        ("by_hand", {}, "notice_kind"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(
    shared_backend: Backend, kind: str, change: dict[str, object], field: str
) -> None:
    office = await the_office(shared_backend)

    refused = await office.ask("PUT", f"/notice-rules/{kind}", json={**RULE, **change})

    assert (refused.status_code, refused.json()["details"]["field"]) == (400, field)


async def the_office(backend: Backend) -> Person:
    return await sign_in(backend.http, EMAIL, PASSWORD)


async def test_a_link_of_a_mail_opts_out_once_it_is_posted_to_and_its_page_changes_nothing(
    backend: Backend, office: Person
) -> None:
    me = (await office.done("GET", "/me"))["id"]
    path = f"/api/v1/notices/opt-out/{opt_out_token(backend, me)}"
    page = await backend.http.get(path)
    before = (await office.done("GET", "/me/notice-opt-outs"))["items"]
    posted = [await backend.http.post(path, data={"List-Unsubscribe": "One-Click"}) for _ in range(2)]
    after = (await office.done("GET", "/me/notice-opt-outs"))["items"]
    await office.done("DELETE", "/me/notice-opt-outs/absence")
    await office.done("PUT", "/me/notice-opt-outs/untaken")
    forged = await backend.http.post(f"{path}x")

    assert (page.status_code, "<form method=" in page.text, before) == (200, True, [])
    assert [answer.status_code for answer in posted] == [200, 200]
    assert [one["kind"] for one in after] == ["absence"]
    assert [one["kind"] for one in (await office.done("GET", "/me/notice-opt-outs"))["items"]] == ["untaken"]
    assert (forged.status_code, forged.json()["error_code"]) == (400, "OPT_OUT_LINK_INVALID")


async def test_a_teacher_previews_a_notice_to_a_roster_and_is_told_that_there_is_no_mail_server(
    office: Person, a_class: Class
) -> None:
    await office.done("PATCH", f"/students/{a_class.ann}", json={"email": "ann@school.example"})
    new = {"text": "{student}: {subject}", "to": ["student"]}
    path = f"/subjects/{a_class.subject}/notices"
    first = await a_class.teacher.done("POST", f"{path}/preview?limit=2", json=new)
    rest = await a_class.teacher.done("POST", f"{path}/preview?cursor={first['next_cursor']}", json=new)
    strangers = await a_class.teacher.ask("POST", f"{path}/preview", json={**new, "student_ids": ["nobody"]})
    refused = await a_class.teacher.ask("POST", path, json=new)

    lines = {line["name"]: line for line in [*first["items"], *rest["items"]]}
    assert (len(first["items"]), rest["next_cursor"], set(lines)) == (2, None, {"ann", "ben", "cleo"})
    assert (lines["ann"]["text"], lines["ann"]["left_out"]) == ("ann: MATH-1 Mathematics", None)
    assert (lines["ben"]["address"], lines["ben"]["left_out"]) == (None, "no_address")
    assert strangers.status_code == 404
    assert (refused.status_code, refused.json()["error_code"]) == (409, "NO_MAIL_SERVER")
