"""Writes a text of others on one line, so that it forges no line of a log and steers no terminal."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Return *text* with escapes for all that is not printable, such as line breaks."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
