"""Installs the provider `acme` as it is or with a fault in it, and runs checks of the kit on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

Edits = Mapping[str, str | None]
ACME = Path(__file__).parent / "acme"
_CLASS = "test_acme.py::TestAcme"


def _changed(files: dict[str, str], edits: Edits) -> dict[str, str]:
    """Return *files* with each text of *edits* replaced; it must stand in them once, so that no fault goes stale."""
    for old, new in edits.items():
        if new is None:
            files = {name: text for name, text in files.items() if name != old}
            continue
        (name,) = [name for name, text in files.items() for _ in range(text.count(old))]
        files = {**files, name: files[name].replace(old, new)}
    return files


@pytest.fixture
def run_kit(pytester, monkeypatch) -> Callable[..., list[pytest.TestReport]]:
    """Run the kit on `acme` with *edits* (old text -> new text) of its files; with some *checks*, or all *but* some."""
    monkeypatch.syspath_prepend(str(pytester.path))

    def run(edits: Edits | None = None, checks: Sequence[str] = (), but: Sequence[str] = ()) -> list[pytest.TestReport]:
        sources = [path for path in sorted(ACME.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
        files = {str(path.relative_to(ACME)): path.read_text(encoding="utf-8") for path in sources}
        for name, text in _changed(files, edits or {}).items():
            path = pytester.path / name.replace("declared.py", "test_acme.py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        tests = [f"{_CLASS}::{check}" for check in checks] or ["test_acme.py"]
        less = [f"--deselect={_CLASS}::{check}" for check in but]
        reprec = pytester.inline_run("-p", "no:cacheprovider", "-W", "error", *less, *tests)
        return [each for each in reprec.getreports() if isinstance(each, pytest.TestReport | pytest.CollectReport)]

    return run
