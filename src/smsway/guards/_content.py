"""Rules for what params hold, by country and kind: those that break them are refused, or never arrive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from smsway._rules import Mode
from smsway.guards._case import Case, Finding
from smsway.model import Kind, Reason

_LINK = re.compile(r"(?i)https?://|www\.|\b[a-z0-9-]+\.(?:com|cn|net|org|io|top|xyz)\b")
_CODE = re.compile(r"[0-9]{0,6}")
_NEIGHBOURS = re.compile(r"\}\{")


@dataclass(frozen=True, slots=True)
class ParamRule:
    """What no param may be in texts of *kinds* to *countries*; *source* is the page that says so."""

    what: str
    breaks: Callable[[str], bool]
    countries: frozenset[str]
    kinds: frozenset[str]
    source: str


_MAINLAND = frozenset({"CN"})
_ALL = frozenset(Kind)
_TEMPLATES = "https://cloud.tencent.com/document/product/382/39023"
_FAQ = "https://cloud.tencent.com/document/product/382/13301, read 2026-11-22"

PARAM_RULES: tuple[ParamRule, ...] = (
    ParamRule("holds a link", lambda value: bool(_LINK.search(value)), _MAINLAND, _ALL, _FAQ),
    ParamRule(
        "holds 【 or 】, which mark the signature",
        lambda value: bool({"【", "】"} & {*value}),
        _MAINLAND,
        _ALL,
        _TEMPLATES,
    ),
    ParamRule(
        "is not 0 to 6 digits, as those of codes have to be",
        lambda value: not _CODE.fullmatch(value),
        _MAINLAND,
        frozenset({Kind.OTP}),
        _FAQ,
    ),
)
"""The rules for values; what they name is the name of a param, never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRules:
    """Holds params against `PARAM_RULES`, and texts against *max_segments*. It only warns, unless it blocks."""

    mode: Mode = Mode.MONITOR
    max_segments: int | None = None

    def judge(self, case: Case) -> Iterator[Finding]:
        """Yield what stands against *case*."""
        screening = case.screening
        for rule in PARAM_RULES:
            if screening.country in rule.countries and screening.kind in rule.kinds:
                for name, value in case.params.items():
                    if rule.breaks(value):
                        yield Finding("content", f"param {name} {rule.what}", Reason.INVALID_CONTENT, self.mode)


def template_warnings(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the name of each template, of those *texts*, that vendors will not approve, and why."""
    for name, text in texts.items():
        if _NEIGHBOURS.search(text.replace("{{", "").replace("}}", "")):
            yield name, f"two placeholders stand side by side, which vendors refuse ({_TEMPLATES})"
