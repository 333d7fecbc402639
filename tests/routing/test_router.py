"""The router remembers what it can: it decides as one that looks through all routes for each recipient."""

from collections import ChainMap
from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsway import Message, Template
from smsway.model import Phone
from smsway.provider import Capabilities
from smsway.routing import (
    Account,
    Catalogue,
    Envelope,
    Journey,
    Route,
    Router,
    TemplateEntry,
    TemplateMapping,
    TimeWindow,
    When,
)

PHONES = ["+8613788888888", "+8613912345678", "+8613700000001", "+60198890000", "+12015550123", "+14165550123"]
NIGHT = TimeWindow(time(22), time(6), ZoneInfo("Europe/Berlin"))
NOON = TimeWindow(time(12), time(13, 30), ZoneInfo("Asia/Shanghai"), frozenset({0, 1, 2}))
HOURS = [1_700_000_000.0 + 1800 * step for step in range(60)]

ACCOUNTS = {
    "both": Account("both", "p", Capabilities(text=True, template=True)),
    "text": Account("text", "p", Capabilities(text=True)),
    "template": Account("template", "p", Capabilities(template=True)),
    "mainland": Account("mainland", "p", Capabilities(text=True, countries=frozenset({"CN"}))),
    "broken": Account("broken", "p", Capabilities(text=True), broken="does not load"),
}
CATALOGUE = Catalogue(
    {
        "t": TemplateEntry("t", (), "hello", {"template": TemplateMapping("1", ())}),
        "u": TemplateEntry("u", (), None, {"both": TemplateMapping("2", ())}),
    },
    {"s": {"both": "S", "mainland": "S"}},
    {"o": {"text": "O"}},
)
PRICES = {"both": {"CN": 3.0, "*": 1.0}, "text": {"CN": 2.0}}


conditions = {
    "countries": [frozenset({"CN"}), frozenset({"US", "MY"})],
    "not_countries": [frozenset({"CN"}), frozenset({"CA"})],
    "prefixes": [("+86",), ("+86137",), ("+861378",), ("+1", "+60"), ("+1416",)],
    "kinds": [frozenset({"otp"}), frozenset({"notification"}), frozenset({"otp", "marketing"})],
    "templates": [frozenset({"t"}), frozenset({"t", "u"})],
    "tags": [frozenset({"vip"}), frozenset({"beta"})],
    "time": [NIGHT, NOON],
    "share": [0.3, 0.8],
}
each_condition = [{name: value} for name, values in conditions.items() for value in values]
whens = st.lists(st.sampled_from(each_condition), max_size=2).map(lambda some: When(**dict(ChainMap(*some))))
routes = st.lists(
    st.builds(
        Route,
        name=st.text("abc", min_size=1, max_size=3),
        accounts=st.permutations(list(ACCOUNTS)).map(lambda names: tuple(names[:4])),
        when=whens,
        strategy=st.sampled_from(["priority", "least_cost", "weighted", "round_robin"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda route: route.name,
)
fields = {
    "content": ["hello", Template("t"), Template("u")],
    "kind": ["otp", "notification"],
    "tags": [(), ("vip",), ("beta", "other"), ("other",)],
    "reference": [None, "r1", "r2"],
    "signature": [None, "s"],
    "sender": [None, "o"],
    "accounts": [(), ("both", "text"), ("mainland",)],
}
messages = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in fields.items()})
changes = st.sampled_from([{name: value} for name, values in fields.items() for value in values])


@st.composite
def sendings(draw):
    """Draw messages that differ from one another in one thing, each with a phone and a time."""
    alike = draw(messages)
    changed = [{}, *draw(st.lists(changes, min_size=2, max_size=8))]
    phones, hours = draw(st.lists(st.sampled_from(PHONES), min_size=2, max_size=4)), st.sampled_from(HOURS)
    return [(Message(to="", **alike | change), phones, draw(hours)) for change in changed]


def envelope_of(message):
    return Envelope(0, message, message.content.name if isinstance(message.content, Template) else None)


def journeys_of(message, phones):
    envelope = envelope_of(message)
    return [Journey(envelope, index, Phone(phone), Phone(phone).country) for index, phone in enumerate(phones)]


@given(routes, sendings())
@settings(max_examples=500)
def test_what_is_remembered_decides_as_a_look_through_all_routes(routes, sendings):
    router = Router(ACCOUNTS, CATALOGUE, routes, PRICES)

    for message, phones, now in sendings:
        for journey, other in zip(journeys_of(message, phones), journeys_of(message, phones), strict=True):
            other.envelope.turns = None
            looked = router.rehearse(other, now)
            router.route(journey, now)

            assert (journey.route, journey.candidates, journey.excluded) == (
                looked.route,
                looked.candidates,
                looked.excluded,
            )


class Counted:
    """Conditions that count how often they are looked at."""

    def __init__(self, when):
        self.when = when
        self.looked = 0

    def rules_out(self, subject):
        self.looked += 1
        return self.when.rules_out(subject)

    def __getattr__(self, name):
        return getattr(self.when, name)


@pytest.mark.parametrize(
    "when",
    [
        When(countries=frozenset({"DE"}), share=0.5),
        When(prefixes=("+8615",)),
        When(kinds=frozenset({"otp"}), time=NOON),
        When(templates=frozenset({"t"})),
        When(tags=frozenset({"vip"})),
    ],
    ids=["country", "prefix", "kind", "template", "tags"],
)
def test_a_route_that_cannot_match_is_looked_at_once_for_all_recipients_and_messages_that_are_alike(when):
    counted = Counted(when)
    router = Router(ACCOUNTS, CATALOGUE, [Route("narrow", ("both",), counted), Route("rest", ("text",))])

    for number in range(20):
        message = Message(to="", content="hello", tags=[f"customer-{number}"], reference=f"r{number}")
        for journey in journeys_of(message, PHONES[:3]):
            router.route(journey, HOURS[number])

            assert journey.route.name == "rest"
    assert counted.looked == 1


def test_what_is_remembered_is_bounded():
    router = Router(ACCOUNTS, CATALOGUE, [Route("all", ("both",))])

    for number in range(10_000):
        journey = Journey(envelope_of(Message(to="", content="hello")), 0, Phone("+8613788888888"), f"C{number}")
        router.route(journey, 0.0)

    assert 0 < len(router._ways) <= 4096
