"""Writes the list of checks in docs/reference/conformance.md anew, from the checks' own docstrings: `make kit-page`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from smsway.testing import CHECKS, ProviderConformance

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "conformance.md"
HEADING = "## All checks\n"


def written() -> str:
    """Return the page with the list as it should be."""
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(HEADING)
    lines = [HEADING, f"There are {len(CHECKS)}. `make kit-page` writes this list from their docstrings.\n"]
    for group, names in groups():
        lines += [
            f"### {title(group)}\n",
            f"{first(group.__doc__)}\n",
            "| Check | Rule | If it fails |",
            "|---|---|---|",
        ]
        lines += [f"| `{name}` | {' | '.join(rule(name))} |" for name in names]
        lines.append("")
    return before + "\n".join(lines)


def groups() -> Iterator[tuple[type, list[str]]]:
    """Yield each class of checks with the names of its own, in the order of the kit."""
    for group in (*ProviderConformance.__mro__[1:], ProviderConformance):
        names = [name for name in vars(group) if name in CHECKS]
        if names:
            yield group, names


def title(group: type) -> str:
    """Return what a group is called: `Sending` for `SendingChecks`."""
    return "The kit itself" if group is ProviderConformance else group.__name__.removesuffix("Checks")


def first(docstring: str | None) -> str:
    """Return the first line of a docstring."""
    return (docstring or "").strip().splitlines()[0]


def rule(name: str) -> tuple[str, str]:
    """Return the rule that a check holds, and what to look at when it fails."""
    told = " ".join((inspect.getdoc(getattr(ProviderConformance, name)) or "").split())
    held, _, failing = told.partition(" If it fails: ")
    # What is quoted as code may have a bar, which would end the cell.
    return re.sub(r"(?<!\\)\|", r"\\|", held), re.sub(r"(?<!\\)\|", r"\\|", failing)


def main() -> None:
    """Write the page."""
    PAGE.write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
