"""Ways to make a good photo hostile. The mutant of a seed and a number is always the same; it decodes nothing."""

import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from attendance_contract.images import ImageFormat, sniff_format
from attendance_evaluation.fuzz.containers import Part, join, split, with_size
from attendance_evaluation.fuzz.seeds import seeds

SIDES = (0, 1, 2, 15, 16, 17, 255, 256, 1023, 4096, 7071, 8191, 12_247, 16_383, 16_384, 32_767, 50_000, 65_535)
"""Where something changes: the smallest side that is taken, 50 megapixels as a square, ends of integer ranges."""

NUMBERS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF)
BOMB_BYTES = 192 * 2**20
"""A little more than the pixels of the largest photo that is taken."""

MOST_COPIES = 300
MOST_ROWS = 2**19
"""Bytes: the rows of a good photo are fewer."""

CHANGES = (1, 1, 1, 2, 2, 3)
"""How many, by chance: after many no photo decodes, and only the first lines of a decoder would be tried."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`made` tells of what and how, for a person who wants to know what broke."""

    made: str
    data: bytes


Mutator = Callable[[random.Random, bytes], bytes]


def mutant(seed: int, number: int) -> Mutant:
    """Mutant `number` of the campaign `seed`: a good photo after one to three changes."""
    chance = random.Random(f"{seed}:{number}")
    name = chance.choice(list(seeds()))
    data, ways = seeds()[name], chance.choices(MUTATORS, k=chance.choice(CHANGES))
    for way in ways:
        data = way(chance, data)
    return Mutant(" + ".join([name, *(way.__name__ for way in ways)]), data)


def flip_bits(chance: random.Random, data: bytes) -> bytes:
    """Up to 16 bits anywhere."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 16) if data else 0):
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def truncate(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def overwrite_number(chance: random.Random, data: bytes) -> bytes:
    """A number at the end of its range, of one to four bytes either way round, most often near the start."""
    width, order = chance.choice((1, 2, 4)), chance.choice((">", "<"))
    reach = chance.choice((64, 512, len(data)))
    place = chance.randrange(max(1, min(reach, len(data))))
    number = chance.choice(NUMBERS) & (1 << 8 * width) - 1
    return data[:place] + struct.pack(order + {1: "B", 2: "H", 4: "I"}[width], number) + data[place + width :]


def duplicate_bytes(chance: random.Random, data: bytes) -> bytes:
    start, end = sorted(chance.choices(range(len(data) + 1), k=2))
    return data[:end] + data[start:end] * chance.randint(1, 3) + data[end:]


def insert_noise(chance: random.Random, data: bytes) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.randbytes(chance.choice((1, 4, 100, 5000))) + data[place:]


def splice(chance: random.Random, data: bytes) -> bytes:
    """The beginning of this photo, and the end of one in another format."""
    other = seeds()[chance.choice(list(seeds()))]
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]


def resize_header(chance: random.Random, data: bytes) -> bytes:
    return with_size(data, chance.choice(SIDES), chance.choice(SIDES))


def repeat_part(chance: random.Random, data: bytes) -> bytes:
    def change(parts: list[Part]) -> list[Part]:
        place = chance.randrange(len(parts))
        return parts[:place] + [parts[place]] * chance.randint(2, MOST_COPIES) + parts[place + 1 :]

    return _with_parts(data, change)


def drop_part(chance: random.Random, data: bytes) -> bytes:
    def change(parts: list[Part]) -> list[Part]:
        place = chance.randrange(len(parts))
        return parts[:place] + parts[place + 1 :]

    return _with_parts(data, change)


def shuffle_parts(chance: random.Random, data: bytes) -> bytes:
    return _with_parts(data, lambda parts: chance.sample(parts, len(parts)))


def damage_part(chance: random.Random, data: bytes) -> bytes:
    """Changes inside one part, whose length and checksum then are right: what a plain bit flip seldom gets past."""

    def change(parts: list[Part]) -> list[Part]:
        place = chance.randrange(len(parts))
        way = chance.choice((flip_bits, overwrite_number, truncate, insert_noise))
        return [*parts[:place], replace(parts[place], content=way(chance, parts[place].content)), *parts[place + 1 :]]

    return _with_parts(data, change)


def rename_part(chance: random.Random, data: bytes) -> bytes:
    def change(parts: list[Part]) -> list[Part]:
        one, other = (chance.randrange(len(parts)) for _ in range(2))
        return [*parts[:one], replace(parts[one], kind=parts[other].kind), *parts[one + 1 :]]

    return _with_parts(data, change)


def damage_rows(chance: random.Random, data: bytes) -> bytes:
    """In a PNG what is compressed; elsewhere the same as `damage_part`."""
    if sniff_format(data) is not ImageFormat.PNG:
        return damage_part(chance, data)
    return _with_parts(data, lambda parts: [_damaged_rows(chance, part) for part in parts])


def add_bomb(chance: random.Random, data: bytes) -> bytes:
    """A few kilobytes that unpack to hundreds of megabytes: as a profile, as a text, or as the pixels themselves."""
    if sniff_format(data) is not ImageFormat.PNG:
        return _with_notes(data, chance.randbytes(60_000))
    kind, before = chance.choice(((b"iCCP", b"x\0\0"), (b"zTXt", b"x\0\0"), (b"iTXt", b"x\0\1\0\0\0"), (b"IDAT", b"")))
    return _with_parts(data, lambda parts: [*parts[:1], Part(kind, before + _bomb()), *parts[1:]])


def add_garbled_notes(chance: random.Random, data: bytes) -> bytes:
    """EXIF with entries that point anywhere, also back at themselves, and any orientation."""
    count = chance.randint(1, 40)
    entries = b"".join(_note(chance) for _ in range(count))
    tiff = b"MM\0*" + struct.pack(">IH", 8, chance.choice((count, 0xFFFF))) + entries
    return _with_notes(data, tiff + struct.pack(">I", chance.choice((0, 8, 0xFFFF_FFFF))))


def _note(chance: random.Random) -> bytes:
    tag = chance.choice((0x0112, 0x8769, 0x8825, 0x0201, 0x927C, chance.randrange(65_536)))
    kind, count = chance.randrange(14), chance.choice((1, 2, 9, *NUMBERS[-3:]))
    return struct.pack(">HHII", tag, kind, count, chance.choice((8, 0x0006_0000, 0x0009_0000, *NUMBERS)))


MUTATORS: tuple[Mutator, ...] = (
    *(flip_bits, truncate, overwrite_number, duplicate_bytes, insert_noise, splice, resize_header),
    *(repeat_part, drop_part, shuffle_parts, damage_part, rename_part, damage_rows, add_bomb, add_garbled_notes),
)


def _with_parts(data: bytes, change: Callable[[list[Part]], list[Part]]) -> bytes:
    kind, parts = sniff_format(data), split(data)
    return data if kind is None or not parts else join(kind, change(parts))


def _with_notes(data: bytes, tiff: bytes) -> bytes:
    kind = sniff_format(data)
    if kind is ImageFormat.HEIC:
        return data
    noted = Part(b"\xe1", b"Exif\0\0" + tiff) if kind is ImageFormat.JPEG else Part(b"EXIF", tiff)
    noted = Part(b"eXIf", tiff) if kind is ImageFormat.PNG else noted
    return _with_parts(data, lambda parts: [*parts[:1], noted, *parts[1:]])


def _damaged_rows(chance: random.Random, part: Part) -> Part:
    if part.kind != b"IDAT":
        return part
    try:
        rows = zlib.decompressobj().decompress(part.content, MOST_ROWS)
    except zlib.error:
        return part
    return replace(part, content=zlib.compress(chance.choice((flip_bits, truncate))(chance, rows), 1))


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9)
    block = bytes(2**20)
    return b"".join([*(packer.compress(block) for _ in range(BOMB_BYTES // len(block))), packer.flush()])
