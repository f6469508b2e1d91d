"""Tables as PDF: pages that readers open, in letters of most scripts, with nothing lost but what has no room."""

import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance_backend.lettering import CHINESE, FIRAGO, KOREAN, Lettering
from attendance_backend.pdf import pages_of

COVERED = [
    "Zoë Łukasz Đorđe",
    "Ελένη Ωραία",
    "Наталья Ђорђе",
    "محمد علي",
    "देवनागरी क्षत्रिय",
    "ירושלים",
    "ไทย",
    "ქართული",
]
READERS_OWN = [("王小明", CHINESE), ("さくら", CHINESE), ("김민수", KOREAN)]


def question_mark() -> str:
    (glyph,) = Lettering().set("?")
    return glyph.code


def streams(document: bytes) -> list[bytes]:
    found = re.findall(rb"stream\n(.*?)\nendstream", document, re.DOTALL)
    return [zlib.decompress(part) for part in found]


@pytest.mark.parametrize("text", COVERED)
def test_a_script_that_the_font_has_is_set_from_it(text: str) -> None:
    glyphs = Lettering().set(text)

    assert {glyph.font for glyph in glyphs} == {FIRAGO}
    assert not {glyph.code for glyph in glyphs} & {"0000", question_mark()}


@pytest.mark.parametrize(("text", "font"), READERS_OWN)
def test_ideographs_and_hangul_are_left_to_the_readers_fonts(text: str, font: str) -> None:
    glyphs = Lettering().set(text)

    assert [(glyph.font, glyph.code) for glyph in glyphs] == [(font, f"{ord(one):04X}") for one in text]


def test_what_no_font_has_is_a_question_mark() -> None:
    assert {glyph.code for glyph in Lettering().set("বাংলা\U0001f600")} == {question_mark()}


def test_arabic_is_joined_and_begins_on_the_right() -> None:
    letters, mixed = Lettering(), Lettering().set("محمد R-1")

    assert letters.set("محمد")[0].code != letters.set("د")[0].code != letters.set("م")[0].code
    assert [glyph.code for glyph in mixed[-4:]] == [glyph.code for glyph in Lettering().set("محمد")]


def test_every_page_repeats_the_header_and_tells_its_number() -> None:
    rows = [[f"R-{number}", "Zoë", str(number)] for number in range(120)]

    document = pages_of("Attendance", ["2026-09-01 to 2026-11-20"], ["Roll number", "Name", "Present"], rows)

    letters = Lettering()
    pages = [stream for stream in streams(document) if b" Tj" in stream]
    drawn = ["".join(re.findall(r"<([0-9A-F]{4})> Tj", page.decode())) for page in pages]
    header = "".join(glyph.code for glyph in letters.set("Roll number"))
    feet = ["".join(glyph.code for glyph in letters.set(f"{number} / {len(pages)}")) for number in (1, 2, 3)]
    assert len(pages) == 3
    assert all(header in page for page in drawn)
    assert [foot in page for foot, page in zip(feet, drawn, strict=True)] == [True] * 3
    assert document.startswith(b"%PDF-1.7")
    assert all("".join(glyph.code for glyph in letters.set(row[0])) in "".join(drawn) for row in rows)


@given(st.lists(st.lists(st.text(max_size=40), min_size=3, max_size=3), max_size=5), st.text(max_size=60))
def test_any_text_can_be_set(rows: list[list[str]], title: str) -> None:
    document = pages_of(title, [], ["a", "b", "c"], rows)

    assert document.rstrip().endswith(b"%%EOF")
