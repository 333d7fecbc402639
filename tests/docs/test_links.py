"""Every relative link of the documentation leads somewhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_relative_links_of_every_page_resolve(page):
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    links = [link for link in _LINK.findall(text) if not re.match(r"[a-z]+:", link)]

    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_file() or (anchor and anchor not in _anchors(target)):
            broken.append(link)

    assert broken == []


def test_the_pages_of_the_site_link_to_no_file_outside_it(page, root):
    docs = root / "docs"
    if not page.is_relative_to(docs):
        return
    links = [link.partition("#")[0] for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))]
    own = [link for link in links if link and not re.match(r"[a-z]+:", link)]

    assert [link for link in own if not (page.parent / link).resolve().is_relative_to(docs)] == []


def test_every_page_stands_in_the_navigation_of_the_site(root):
    nav = tomllib.loads((root / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    shown = set(re.findall(r"'([\w/.-]+\.md)'", str(nav)))

    assert shown == {str(page.relative_to(root / "docs")) for page in (root / "docs").rglob("*.md")}


def test_the_site_asks_nobody_else_for_anything(root):
    project = tomllib.loads((root / "zensical.toml").read_text(encoding="utf-8"))["project"]

    assert project["theme"]["font"] is False
    assert "extra_javascript" not in project
    assert "extra_css" not in project


def test_no_page_has_a_diagram_that_the_theme_would_fetch_a_library_for(page):
    assert "```mermaid" not in page.read_text(encoding="utf-8")
