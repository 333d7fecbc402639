"""The router remembers what it can: it decides as one that looks through all routes for each recipient."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
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
TAGS = ["vip", "beta", "other"]
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


def some(values):
    return st.frozensets(st.sampled_from(values), max_size=2)


whens = st.builds(
    When,
    countries=some(["CN", "US", "MY"]),
    not_countries=some(["CN", "CA"]),
    prefixes=st.lists(st.sampled_from(["+86", "+86137", "+861378", "+1", "+1416", "+60"]), max_size=3).map(tuple),
    kinds=some(["otp", "notification"]),
    templates=some(["t", "u"]),
    tags=some(TAGS[:2]),
    time=st.sampled_from([None, None, NIGHT, NOON]),
    share=st.sampled_from([None, None, 0.3, 0.8]),
)
routes = st.lists(
    st.builds(
        Route,
        name=st.text("abc", min_size=1, max_size=3),
        accounts=st.permutations(list(ACCOUNTS)).map(lambda names: tuple(names[:4])),
        when=whens,
        strategy=st.sampled_from(["priority", "least_cost", "weighted", "round_robin"]),
    ),
    max_size=6,
    unique_by=lambda route: route.name,
)
messages = st.builds(
    Message,
    to=st.just(""),
    content=st.sampled_from(["hello", Template("t"), Template("u")]),
    kind=st.sampled_from(["otp", "notification"]),
    tags=some(TAGS),
    reference=st.sampled_from([None, "r1", "r2"]),
    signature=st.sampled_from([None, "s"]),
    sender=st.sampled_from([None, "o"]),
    accounts=st.sampled_from([(), ("both", "text"), ("mainland",)]),
)
sendings = st.lists(
    st.tuples(messages, st.lists(st.sampled_from(PHONES), min_size=1, max_size=4), st.sampled_from(HOURS)),
    min_size=1,
    max_size=6,
)


def envelope_of(message):
    return Envelope(0, message, message.content.name if isinstance(message.content, Template) else None)


def journeys_of(message, phones):
    envelope = envelope_of(message)
    return [Journey(envelope, index, Phone(phone), Phone(phone).country) for index, phone in enumerate(phones)]


@given(routes, sendings)
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
