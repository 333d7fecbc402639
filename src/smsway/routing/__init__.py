"""Decisions, all of them pure: normalizing, the catalogue, rules, strategies, planning and the dry run."""

from smsway.routing._account import Account
from smsway.routing._catalogue import Catalogue, TemplateEntry, TemplateMapping, Unfit, placeholders
from smsway.routing._explain import (
    BatchPlan,
    Candidate,
    Explanation,
    RecipientPlan,
    notes_of,
    recipient_plan,
    segments_of,
)
from smsway.routing._journey import Envelope, Journey, Setbacks
from smsway.routing._normalize import Normalizer, hint
from smsway.routing._plan import Fill, Shipment, filled, pack, pack_alike, ship
from smsway.routing._router import Router
from smsway.routing._rules import OnUnknown, Route, Subject, TimeWindow, When, share_of
from smsway.routing._strategies import STRATEGIES, Choice, Strategy
from smsway.routing._ways import Decision

__all__ = [
    "STRATEGIES",
    "Account",
    "BatchPlan",
    "Candidate",
    "Catalogue",
    "Choice",
    "Decision",
    "Envelope",
    "Explanation",
    "Fill",
    "Journey",
    "Normalizer",
    "OnUnknown",
    "RecipientPlan",
    "Route",
    "Router",
    "Setbacks",
    "Shipment",
    "Strategy",
    "Subject",
    "TemplateEntry",
    "TemplateMapping",
    "TimeWindow",
    "Unfit",
    "When",
    "filled",
    "hint",
    "notes_of",
    "pack",
    "pack_alike",
    "placeholders",
    "recipient_plan",
    "segments_of",
    "share_of",
    "ship",
]
