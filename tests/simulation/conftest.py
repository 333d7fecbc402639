"""Lets the modules of the simulation find each other, and keeps the log quiet: thousands of faults are not news."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(logging.getLogger("smsway"), "disabled", True)
