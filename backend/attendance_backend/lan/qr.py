"""Draws an address as a QR code for a terminal. It knows no colour: who shows it does."""

import io

import segno


def drawing(text: str) -> str:
    """Lines of half blocks, two rows of the code in each, a quiet zone of four around it.

    Drawn is what is light: it is to be shown in white on black, whatever the terminal's own colours are.
    """
    lines = io.StringIO()
    segno.make_qr(text, error="m").terminal(lines, compact=True)
    return lines.getvalue()
