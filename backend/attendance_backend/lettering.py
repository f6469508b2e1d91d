"""Letters of most scripts for a PDF: which glyphs a text becomes and how wide it is, and the fonts that show them.

Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Thai and Georgian are set from FiraGO, and what is used of it goes
along. Chinese, Japanese and Korean are left to the reader's own fonts. What none of them has is a question mark.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby

import pydyf
import uharfbuzz as hb
from pymupdf_fonts import myfont

FIRAGO, CHINESE, KOREAN = "F1", "F2", "F3"
_READERS_OWN = {
    CHINESE: ("STSong-Light", "UniGB-UCS2-H", "GB1"),
    KOREAN: ("HYSMyeongJo-Medium", "UniKS-UCS2-H", "Korea1"),
}
"""Fonts that every reader brings or stands in for: name, encoding and character collection."""
_EM = 1000
_LAST_OF_UCS2 = 0xFFFF
_TO_UNICODE = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CMapName /used def /CMapType 2 def 1 begincodespacerange <0000> <FFFF> endcodespacerange
{maps}
endcmap CMapName currentdict /CMap defineresource pop end end"""


@dataclass(frozen=True)
class Glyph:
    """One glyph of a font, its code in hexadecimal, with the pen's way and its own offset in thousandths of an em."""

    font: str
    code: str
    advance: float
    right: float = 0
    up: float = 0


@dataclass(frozen=True)
class _Sign:
    """A character, the font that has it, and whether it is written from right to left."""

    character: str
    font: str
    leftwards: bool


class Lettering:
    """The fonts of one document, and what it has used of them."""

    def __init__(self) -> None:
        self._face = hb.Face(_firago())
        self._font = hb.Font(self._face)
        self._scale = _EM / self._face.upem
        self._used: dict[int, str] = {}
        self._known: dict[str, list[Glyph]] = {}

    def set(self, text: str) -> list[Glyph]:
        """The glyphs of a line, from left to right."""
        if text not in self._known:
            self._known[text] = [glyph for run in self._runs(text) for glyph in self._shaped(run)]
        return self._known[text]

    def _runs(self, text: str) -> list[list[_Sign]]:
        """Neighbours of one font and direction, in the order in which they are seen."""
        signs = list(self._signs(unicodedata.normalize("NFC", text)))
        runs = [list(run) for _, run in groupby(signs, key=lambda sign: (sign.font, sign.leftwards))]
        starts = next((sign.leftwards for sign in signs if sign.character.isalpha()), False)
        return runs[::-1] if starts else runs

    def _signs(self, text: str) -> Iterator[_Sign]:
        leftwards = False
        for given in text:
            character = " " if unicodedata.category(given) == "Cc" else given
            side = unicodedata.bidirectional(character)
            leftwards = side in {"R", "AL"} or (leftwards and side in {"NSM", "WS", "CS", "ON", "BN"})
            font = self._font_of(character)
            yield _Sign(character if font else "?", font or FIRAGO, leftwards)

    def _font_of(self, character: str) -> str | None:
        if self._font.get_nominal_glyph(ord(character)) or unicodedata.category(character) == "Cf":
            return FIRAGO
        if unicodedata.east_asian_width(character) not in {"W", "F"} or ord(character) > _LAST_OF_UCS2:
            return None
        return KOREAN if unicodedata.name(character, "").startswith("HANGUL") else CHINESE

    def _shaped(self, run: list[_Sign]) -> Iterator[Glyph]:
        if run[0].font != FIRAGO:
            yield from (Glyph(run[0].font, f"{ord(sign.character):04X}", _EM) for sign in run)
            return
        buffer = hb.Buffer()
        buffer.add_str("".join(sign.character for sign in run))
        buffer.guess_segment_properties()
        hb.shape(self._font, buffer)
        places = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        for info, at in places:
            self._used.setdefault(info.codepoint, run[info.cluster].character)
            moved = (at.x_advance * self._scale, at.x_offset * self._scale, at.y_offset * self._scale)
            yield Glyph(FIRAGO, f"{info.codepoint:04X}", *moved)

    def fonts(self, pdf: pydyf.PDF) -> pydyf.Dictionary:
        """The fonts as resources of the pages, with what was used until now."""
        own = {name: self._readers_own(pdf, *of) for name, of in _READERS_OWN.items()}
        return pydyf.Dictionary({FIRAGO: self._embedded(pdf), **own})

    def _embedded(self, pdf: pydyf.PDF) -> bytes:
        wanted = hb.SubsetInput()
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).set(set(self._used))
        wanted.flags = hb.SubsetFlags.RETAIN_GIDS
        part = hb.subset(self._face, wanted).blob.data
        file = _added(pdf, pydyf.Stream([part], {"Length1": len(part)}, compress=True))
        extents = self._font.get_font_extents("ltr")
        descriptor = _described(
            "FiraGO", extents.ascender * self._scale, extents.descender * self._scale, FontFile2=file
        )
        advances = {glyph: self._font.get_glyph_h_advance(glyph) * self._scale for glyph in sorted(self._used)}
        widths = pydyf.Array([item for glyph, width in advances.items() for item in (glyph, pydyf.Array([width]))])
        told = {"CIDToGIDMap": "/Identity", "W": widths, "DW": _EM}
        descendant = _descendant(pdf, "FiraGO", "Identity", "/CIDFontType2", descriptor, told)
        meaning = _added(pdf, pydyf.Stream([_to_unicode(self._used)], compress=True))
        return _type_0(pdf, "FiraGO", "Identity-H", descendant, ToUnicode=meaning)

    @staticmethod
    def _readers_own(pdf: pydyf.PDF, name: str, encoding: str, collection: str) -> bytes:
        descriptor = _described(name, 880, -120)
        descendant = _descendant(pdf, name, collection, "/CIDFontType0", descriptor, {"DW": _EM})
        return _type_0(pdf, name, encoding, descendant)


@cache
def _firago() -> bytes:
    return bytes(myfont("figo"))


def _added(pdf: pydyf.PDF, made: pydyf.Object) -> bytes:
    pdf.add_object(made)
    return bytes(made.reference)


def _described(name: str, ascent: float, descent: float, **more: bytes) -> dict[str, object]:
    box = pydyf.Array([-_EM, descent, 2 * _EM, ascent])
    measures = {"Ascent": ascent, "Descent": descent, "CapHeight": 700, "StemV": 80, "ItalicAngle": 0, "FontBBox": box}
    return {"Type": "/FontDescriptor", "FontName": f"/{name}", "Flags": 4, **measures, **more}


def _descendant(
    pdf: pydyf.PDF, name: str, collection: str, kind: str, descriptor: Mapping[str, object], more: Mapping[str, object]
) -> bytes:
    system = pydyf.Dictionary(
        {"Registry": pydyf.String("Adobe"), "Ordering": pydyf.String(collection), "Supplement": 0}
    )
    described = _added(pdf, pydyf.Dictionary(dict(descriptor)))
    told = {"CIDSystemInfo": system, "FontDescriptor": described, **more}
    return _added(pdf, pydyf.Dictionary({"Type": "/Font", "Subtype": kind, "BaseFont": f"/{name}", **told}))


def _type_0(pdf: pydyf.PDF, name: str, encoding: str, descendant: bytes, **more: bytes) -> bytes:
    told = {"Encoding": f"/{encoding}", "DescendantFonts": pydyf.Array([descendant]), **more}
    return _added(pdf, pydyf.Dictionary({"Type": "/Font", "Subtype": "/Type0", "BaseFont": f"/{name}", **told}))


def _to_unicode(used: Mapping[int, str]) -> bytes:
    """What each glyph means, so that text can be searched and copied: at most 100 in a block."""
    lines = [f"<{glyph:04X}> <{text.encode('utf-16-be').hex()}>" for glyph, text in sorted(used.items())]
    blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    maps = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return _TO_UNICODE.format(maps=maps).encode()
