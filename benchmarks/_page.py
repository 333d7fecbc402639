"""docs/performance.md: a page of `run.py`, with a section of each other benchmark at its end."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
_OTHERS = ("Callbacks", "Outbox", "Memory", "Guards")
"""The titles of the sections that `run.py` leaves as they are."""


def write_page(text: str) -> None:
    """Replace the page, and keep the sections of others."""
    kept = [section for title in _OTHERS if (section := _section(title))]
    _PAGE.write_text("\n\n".join((text.strip(), *kept)) + "\n", encoding="utf-8")


def write_section(title: str, text: str) -> None:
    """Replace the section *title*, or put it at the end."""
    section, old = f"## {title}\n\n{text.strip()}", _section(title)
    page = _PAGE.read_text(encoding="utf-8")
    page = page.replace(old, section) if old else f"{page.rstrip()}\n\n{section}\n"
    _PAGE.write_text(page, encoding="utf-8")


def _section(title: str) -> str:
    section = re.compile(rf"^## {re.escape(title)}\n.*?(?=\n\n## |\s*\Z)", re.MULTILINE | re.DOTALL)
    found = section.search(_PAGE.read_text(encoding="utf-8"))
    return found[0] if found else ""
