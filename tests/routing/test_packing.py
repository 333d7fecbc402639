"""Batches: everybody in exactly one, nobody twice in one, the fewest that the account's limits allow."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway import Message, Template
from smsway.model import Capabilities, Filled, Kind, Phone, Sharing, Stamp
from smsway.provider import AccountConfig
from smsway.routing import Account, Envelope, Journey, pack
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._provider import TencentGlobal
from smsway_tencent_sms._config import TencentSmsConfig
from smsway_tencent_sms._provider import TencentSms
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import TencentV5
from smsway_usms._config import UsmsConfig
from smsway_usms._provider import Usms

PHONES = [
    *(Phone(f"+861378888{index:04}") for index in range(12)),
    *(Phone(f"+6019889{index:04}") for index in range(12)),
    Phone("+12015550123"),
]
PROVIDERS = {
    "tencent-v5": TencentV5(TencentV5Config(sdk_app_id=1, app_key="key")),
    "tencent-sms": TencentSms(TencentSmsConfig(sdk_app_id="1", secret_id="id", secret_key="key")),
    "tencent-global": TencentGlobal(
        TencentGlobalConfig(sdk_app_id="1", secret_id="id", secret_key="key", region="ap-singapore")
    ),
    "usms": Usms(UsmsConfig(public_key="pub", private_key="priv", project_id="org-1")),
}
MESSAGES = {"template": "19", "code": "0"}
"""What recipients are told who have no params of their own."""
OWN = [{"template": template, "code": code} for template in ("19", "20") for code in ("1", "2")]


@st.composite
def loads(draw):
    """Draw an account and recipients of several messages on their way to it."""
    able = Capabilities(
        max_batch=draw(st.integers(1, 6)),
        sharing=draw(st.sampled_from(Sharing)),
        apart=draw(st.sampled_from([frozenset(), frozenset({"CN"})])),
        template=True,
    )
    limit = draw(st.none() | st.integers(1, 8))
    account = Account("a", "fake", able, AccountConfig(base_url="https://host", max_batch=limit))
    message = st.builds(
        lambda kind, options: Envelope(
            0, Message(to=["x"], content=Template("t"), kind=kind), "t", {"fake": options} if options else {}
        ),
        st.sampled_from(Kind),
        st.sampled_from([None, "extra"]),
    )
    envelopes = draw(st.lists(message, min_size=1, max_size=3))
    given_to = st.tuples(st.sampled_from(PHONES), st.sampled_from(envelopes), st.sampled_from([MESSAGES, *OWN]))
    drawn = draw(st.lists(given_to, max_size=40))
    journeys = [
        Journey(envelope, index, phone, phone.country, None if params is MESSAGES else params)
        for index, (phone, envelope, params) in enumerate(drawn)
    ]
    return account, journeys


def params_of(journey):
    return MESSAGES if journey.params is None else journey.params


def fill(journey, account):
    params = params_of(journey)
    return Filled(params["template"], (params["code"],), signature=account.name)


SHARED = {Sharing.SAME: ("template", "code"), Sharing.TEMPLATE: ("template",), Sharing.OWN: ()}


def group_of(journey, account):
    able = account.capabilities
    message = journey.envelope.message
    return (
        message.kind,
        journey.envelope.options.get("fake"),
        journey.country == "CN" and "CN" in able.apart,
        tuple(params_of(journey)[name] for name in SHARED[able.sharing]),
    )


@given(loads())
def test_every_recipient_is_in_exactly_one_batch_beside_its_journey(load):
    account, journeys = load

    shipments = pack(journeys, account, fill)

    packed = [journey for shipment in shipments for journey in shipment.journeys]
    assert sorted(journey.index for journey in packed) == list(range(len(journeys)))
    for shipment in shipments:
        assert shipment.account is account
        for journey, parcel in zip(shipment.journeys, shipment.batch.parcels, strict=True):
            assert (parcel.phone, parcel.content) == (journey.phone, fill(journey, account))
            assert parcel.options == journey.envelope.options.get("fake")


@given(loads())
def test_no_phone_stands_twice_in_a_batch_and_no_batch_is_empty_or_too_large(load):
    account, journeys = load

    for shipment in pack(journeys, account, fill):
        phones = [parcel.phone for parcel in shipment.batch.parcels]
        assert 1 <= len(phones) <= account.max_batch
        assert len(set(phones)) == len(phones)


@given(loads())
def test_a_batch_shares_kind_options_and_where_the_account_wants_it_content_and_country(load):
    account, journeys = load
    able = account.capabilities

    for shipment in pack(journeys, account, fill):
        assert {journey.envelope.message.kind for journey in shipment.journeys} == {shipment.batch.kind}
        assert len({parcel.options for parcel in shipment.batch.parcels}) == 1
        if able.sharing is Sharing.SAME:
            assert len({parcel.content for parcel in shipment.batch.parcels}) == 1
        if able.sharing is Sharing.TEMPLATE:
            assert len({parcel.content.template for parcel in shipment.batch.parcels}) == 1
        if able.apart:
            assert len({parcel.phone.country == "CN" for parcel in shipment.batch.parcels}) == 1


@given(loads())
def test_the_number_of_batches_is_the_fewest_possible(load):
    account, journeys = load
    groups = {}
    for journey in journeys:
        groups.setdefault(group_of(journey, account), []).append(journey.phone)

    fewest = sum(
        max(math.ceil(len(phones) / account.max_batch), *Counter(phones).values()) for phones in groups.values()
    )
    assert len(pack(journeys, account, fill)) == fewest


@given(loads())
def test_packing_twice_gives_the_same_batches(load):
    account, journeys = load

    first, second = (
        [[j.index for j in shipment.journeys] for shipment in pack(journeys, account, fill)] for _ in range(2)
    )

    assert first == second


def test_options_that_only_are_equal_stay_those_of_their_own_message():
    account = Account("a", "fake", Capabilities(max_batch=9, sharing=Sharing.OWN))
    envelopes = [
        Envelope(n, Message(to=["x"], content="t"), None, {"fake": given}) for n, given in enumerate([1, True])
    ]
    journeys = [Journey(envelopes[n % 2], n, phone, "CN") for n, phone in enumerate(PHONES[:4])]

    (shipment,) = pack(journeys, account, lambda *_: Filled(text="t"))

    assert [parcel.options is True for parcel in shipment.batch.parcels] == [False, True, False, True]


def test_an_account_may_lower_the_vendors_limit_and_never_raises_it():
    able = Capabilities(max_batch=200)

    limits = [
        Account("a", "fake", able, AccountConfig(base_url="https://host", max_batch=limit)).max_batch
        for limit in (None, 50, 1000)
    ]

    assert limits == [200, 50, 200]


@pytest.mark.parametrize("provider", PROVIDERS)
@given(
    phones=st.lists(st.sampled_from(PHONES), min_size=1, max_size=6, unique=True),
    nonce=st.integers(0, 2**80 - 1),
    now=st.floats(0, 4e9),
)
def test_the_same_batch_and_stamp_give_the_same_bytes(provider, phones, nonce, now):
    def requests():
        account = Account("a", provider, Capabilities(max_batch=200))
        envelope = Envelope(0, Message(to=["x"], content=Template("t")), "t")
        journeys = [Journey(envelope, i, phone, phone.country, {"code": "1"}) for i, phone in enumerate(phones)]
        shipment = pack(journeys, account, lambda *_: Filled("19", ("1234",), signature="Acme"))[0]
        return next(PROVIDERS[provider].submit(shipment.batch, Stamp(now, nonce)))

    first, second = requests(), requests()

    assert (first.method, first.url, dict(first.headers), first.body) == (
        second.method,
        second.url,
        dict(second.headers),
        second.body,
    )
