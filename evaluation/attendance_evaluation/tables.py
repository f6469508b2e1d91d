"""The figures as Markdown tables, for a terminal and for the report alike. Computes nothing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attendance_evaluation.comparisons import Rate
from attendance_evaluation.verification import FALSE_MATCH_RATES

MANY = 10
"""A rate that fewer comparisons than so many reach is marked: it hangs on single pairs of people."""


def accuracy_lines(figures: dict[str, Any]) -> Iterator[str]:
    """Every table of one folder."""
    for engine in figures["engines"]:
        yield from engine_lines(engine)
    if figures["held_out"]:
        yield from held_out_lines(figures["held_out"])
    yield from ("## Other ways to combine photos", "", *verification_lines(figures["alternatives"]), "")
    if "conditions" in figures:
        yield from condition_lines(figures["conditions"])


def engine_lines(engine: dict[str, Any]) -> Iterator[str]:
    """What one engine reached on some photos."""
    yield f"## {engine['engine']}, {engine['photos']:,} photos of {engine['people']:,} people"
    yield ""
    yield (
        f"{engine['faces_not_found']} photos without a face found (each counts as missed); "
        f"{engine['enrollable_people']} people have photos enough for a roster."
    )
    for way, rate in engine["listed_accuracy"].items():
        if rate:
            yield f"Accuracy on {engine['pairs_listed']:,} listed pairs, photos {way}: {percent(rate)}."
    yield from ("", "### Every pair", "", *verification_lines(engine["verification"]))
    if engine["open_set"]:
        yield from ("", "### Classes and strangers", "", *open_set_lines(engine["open_set"]))
    yield ""


def verification_lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A row per way of combining."""
    names = [
        "enrolled",
        "mirror image",
        "accuracy",
        "area",
        "equal error",
        *(f"missed at {n}" for n in FALSE_MATCH_RATES),
    ]
    yield from table(
        names,
        (
            [
                row["way"],
                _mirrored(row),
                percent(row["accuracy"]),
                f"{row['area'].rate:.5f} [{row['area'].low:.5f}, {row['area'].high:.5f}]",
                percent(row["equal_error"]),
                *(_missed(row, name) for name in FALSE_MATCH_RATES),
            ]
            for row in rows
        ),
    )


def open_set_lines(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A row per size of class: first what became of strangers, then of students."""
    yield from table(
        ["class", "photos", "probe", "margin", "stranger faces", "marked present", "offered"],
        (
            [*_case(row), f"{row['strangers']['faces']:,}", *_events(row["strangers"], "present", "offered")]
            for row in rows
        ),
    )
    yield ""
    yield from table(
        [
            *("class", "photos", "probe", "margin", "student faces", "neither present nor offered", "sent to review"),
            *("wrong name present", "wrong name offered", "found at 1 % strangers", "found at 0.1 %"),
        ],
        (
            [
                *_case(row),
                f"{row['students']['faces']:,}",
                *_events(row["students"], "missed", "sent_to_review", "wrongly_present", "wrongly_offered"),
                *(percent(rate) for rate in row["identified_at"].values()),
            ]
            for row in rows
        ),
    )


def held_out_lines(figures: dict[str, Any]) -> Iterator[str]:
    """Pairs and classes of people on whom the thresholds were not measured."""
    yield from ("## People held out", "", f"Two halves of {' and '.join(map(str, figures['people']))} people.", "")
    yield from table(
        ["half", "way", "different people compared", *_at("cosine"), *_at("passed"), *_at("same missed")],
        (
            [
                str(row["half"]),
                row["way"],
                f"{row['impostors']:,}",
                *(f"{cosine:.3f}" for cosine in row["cosine_at"].values()),
                *(f"{count:,}: {count / row['impostors']:.2e}" for count in row["passed_at"].values()),
                *(percent(rate) for rate in row["missed_at"].values()),
            ]
            for row in figures["pairs"]
        ),
    )
    yield ""
    yield from table(
        [
            *("half", "class", "photos", "thresholds", "stranger faces", "marked present", "offered"),
            *("student faces", "neither present nor offered", "sent to review", "wrong name present"),
        ],
        (
            [
                *(str(row[name]) for name in ("half", "roster", "vectors", "thresholds")),
                f"{row['strangers']['faces']:,}",
                *_events(row["strangers"], "present", "offered"),
                f"{row['students']['faces']:,}",
                *_events(row["students"], "missed", "sent_to_review", "wrongly_present"),
            ]
            for row in figures["classes"]
        ),
    )
    yield ""


def _at(what: str) -> Iterator[str]:
    return (f"{what} at {distance}" for distance in ("0.50", "0.60"))


def condition_lines(conditions: dict[str, Any]) -> Iterator[str]:
    """By width and by quality."""
    for name, title in (("by_width", "face width, pixels"), ("by_quality", "quality score")):
        yield from (f"## By {title}", "")
        yield from table(
            [title, "faces", "not found", "present", "missed", "others below 0.50", "others below 0.60"],
            (
                [
                    bin_name(row),
                    str(row["faces"]),
                    str(row["not_found"]),
                    str(row["present"]),
                    percent(row["missed"]),
                    f"{row['others_below_confident']} of {row['comparisons_with_others']:,}",
                    f"{row['others_below_uncertain']} of {row['comparisons_with_others']:,}",
                ]
                for row in conditions[name]
            ),
        )
        yield ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A Markdown table whose columns line up as plain text too."""
    cells = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    first, *rest = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)
    yield f"| {first} |"
    yield f"| {' | '.join('-' * width for width in widths)} |"
    yield from (f"| {row} |" for row in rest)


def percent(rate: Rate) -> str:
    """With its interval."""
    return f"{rate.rate:.2%} [{rate.low:.2%}, {rate.high:.2%}]"


def bin_name(row: dict[str, Any]) -> str:
    """The range of a row's bin."""
    low, high = row["from"], row["below"]
    if high > 1000:  # noqa: PLR2004  no face of a photo at hand is so wide
        return f"{low:g} and more"
    return f"{low:g} to {min(high, 1.0) if high <= 1.01 else high:g}"  # noqa: PLR2004  the score's own end


def _mirrored(row: dict[str, Any]) -> str:
    if row["probe_flip"]:
        return "both"
    return "enrolled" if row["enrolled_flip"] else "none"


def _missed(row: dict[str, Any], name: str) -> str:
    if name not in row["missed_at"]:
        return "too few pairs"
    beyond = int(FALSE_MATCH_RATES[name] * row["impostors"])
    return percent(row["missed_at"][name]) + (f" (on {beyond})" if beyond < MANY else "")


def _case(row: dict[str, Any]) -> list[str]:
    margin = row.get("lookalike_margin")
    return [
        str(row["roster"]),
        str(row["vectors"]),
        "with mirror image" if row["probe_flip"] else "plain",
        "none" if not margin else f"{margin:.2f}",
    ]


def _events(figures: dict[str, Any], *names: str) -> list[str]:
    return [f"{figures[name]['count']:,}: {permille(figures[name]['rate'])}" for name in names]


def permille(rate: Rate) -> str:
    """With its interval, fine enough for what is rare."""
    return f"{rate.rate:.3%} [{rate.low:.3%}, {rate.high:.3%}]"
