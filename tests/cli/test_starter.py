"""What the starter file only suggests is right as well, once it is no comment any more."""

from __future__ import annotations

import re

import pytest

from smsway.cli._init import starter
from smsway.config import load


@pytest.fixture
def uncommented(tmp_path, monkeypatch):
    """Write the starter file with every suggested section and key, and what its references name."""
    lines = [re.sub(r"^# (?=\[|\w+ = )", "", line) for line in starter().splitlines()]
    path = tmp_path / "smsway.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "webhook-secret").write_text("0123456789abcdef" * 4, encoding="utf-8")
    for name in re.findall(r'"env:([A-Z_0-9]+)', starter()):
        monkeypatch.setenv(name, "x")
    return path


def test_every_suggestion_is_understood(uncommented, tmp_path):
    configuration = load(uncommented)

    assert "CN" == configuration.region
    assert {"default"} == configuration.catalogue.senders.keys()
    assert (tmp_path / "reports.db", 30) == (configuration.reports.store, configuration.reports.keep_days)
    assert {"aliyun"} == configuration.webhooks.accounts.keys()
