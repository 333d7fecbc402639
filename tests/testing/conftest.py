"""Installs the provider `acme` as it is or with a fault in it, and runs checks of the kit on it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ACME = Path(__file__).parent / "acme"


def _changed(files: dict[str, str], edits: Mapping[str, str | None]) -> dict[str, str]:
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
    """Run the kit on `acme` with *edits* (old text -> new text) of its files; *checks* are some of it, or all."""
    monkeypatch.syspath_prepend(str(pytester.path))

    def run(edits: Mapping[str, str | None] | None = None, checks: Sequence[str] = ()) -> list[pytest.TestReport]:
        sources = [path for path in sorted(ACME.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
        files = {str(path.relative_to(ACME)): path.read_text(encoding="utf-8") for path in sources}
        for name, text in _changed(files, edits or {}).items():
            path = pytester.path / name.replace("declared.py", "test_acme.py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        tests = [f"test_acme.py::TestAcme::{check}" for check in checks] or ["test_acme.py"]
        reprec = pytester.inline_run("-rs", "-p", "no:cacheprovider", "-W", "error", *tests)
        return [each for each in reprec.getreports() if isinstance(each, pytest.TestReport | pytest.CollectReport)]

    return run
