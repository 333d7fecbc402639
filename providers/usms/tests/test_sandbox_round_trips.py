"""What one side of this package writes, the other reads, whatever it is and without a socket between them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway.provider import (
    Callback,
    Delivery,
    Inbound,
    Kind,
    Reason,
    Report,
    ReportQuery,
    Review,
    SandboxInbound,
    SandboxReport,
    SignatureDraft,
    Stamp,
    TemplateDraft,
)
from smsway_usms._provider import Usms
from smsway_usms._sandbox import UsmsSide

A, B, C = "+8618500000507", "+8618500000608", "+60198890000"
STAMP = Stamp(now=1_700_000_000.0, nonce=1)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="session")
def side(config):
    return UsmsSide(config)


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="{}\r"), min_size=1, max_size=40)
PHONES = st.sampled_from([A, B, C, "+12025550123", "+390612345678", "+85251234567", "+4915112345678"])
NAMES = st.none() | st.from_regex(r"[0-9a-f]{20}-[0-9]{1,3}", fullmatch=True)
MOMENTS = st.integers(1_600_000_000, 2_000_000_000).map(float)


@st.composite
def reports(draw):
    """Return a report of the sandbox."""
    reason = draw(st.none() | st.sampled_from(list(Reason)))
    failed = draw(st.booleans())
    return SandboxReport(
        message_id=f"session-{draw(st.integers(0, 5))}",
        phone=draw(PHONES),
        reference=draw(NAMES),
        sent_at=draw(MOMENTS),
        at=draw(MOMENTS),
        delivery=Delivery.UNDELIVERED if failed else Delivery.DELIVERED,
        reason=reason if failed else None,
        fee=draw(st.integers(1, 9)),
    )


def facts(told: Report | SandboxReport):
    ours = isinstance(told, SandboxReport)
    phone, session = (told.phone, told.message_id) if ours else (told.recipient, told.provider_message_id)
    return phone, session, told.reference, told.at, told.delivery, told.fee


class TestRoundTrips:
    @given(st.lists(reports(), min_size=1, max_size=20))
    def test_reports_that_are_pushed(self, config, side, sent):
        read = Usms(config).read_callback(Callback(side.push(sent).body))

        assert list(map(facts, read)) == list(map(facts, sent))

    @given(st.lists(reports(), max_size=20))
    def test_reports_that_are_looked_up_and_then_pulled(self, config, make_desk, server_of, converse, sent):
        server = server_of(make_desk(due=list(sent)))
        sessions = tuple(f"session-{number}" for number in range(6))
        query = ReportQuery(since=0.0, until=1.0, message_ids=sessions)

        found = converse(Usms(config).find_reports(query, STAMP), server)
        pulled = converse(Usms(config).pull_reports(200, STAMP), server)

        assert Counter(map(facts, found)) == Counter(map(facts, pulled)) == Counter(map(facts, sent))
        assert list(map(facts, pulled)) == list(map(facts, sent))

    @given(
        st.lists(
            st.builds(
                SandboxInbound, PHONES, st.text(st.characters(codec="utf-8")), MOMENTS, st.sampled_from(["", "12"])
            ),
            min_size=1,
            max_size=20,
        )
    )
    def test_messages_that_are_pushed(self, config, side, sent):
        read = Usms(config).read_callback(Callback(side.push(sent).body))

        assert all(isinstance(each, Inbound) for each in read)
        assert [(each.sender, each.text, each.at, each.extension or "") for each in read] == [
            (each.phone, each.text, each.at, each.extension) for each in sent
        ]

    @given(
        text=st.builds("{}{{1}}{}".format, TEXTS.filter(str.strip), TEXTS),
        name=TEXTS.map(lambda name: name[:32]),
        kind=st.sampled_from(list(Kind)),
        remark=TEXTS,
        international=st.booleans(),
    )
    def test_templates(self, config, converse, make_desk, server_of, text, name, kind, remark, international):
        options = {"unsubscribe_info": "拒收请回复R"}
        draft = TemplateDraft(
            text=text, name=name, kind=kind, remark=remark, international=international, options=options
        )
        usms, server = Usms(config), server_of(make_desk())

        added = converse(usms.add_template(draft, STAMP), server)
        (found,) = converse(usms.get_templates([added.id], STAMP), server)

        assert (found.id, found.text, found.name, found.kind, found.review) == (
            added.id,
            text,
            name,
            kind,
            Review.PENDING,
        )
        assert found.raw["Remark"] == remark

    @given(
        text=st.text(st.characters(codec="utf-8", exclude_characters="[]【】"), min_size=2, max_size=12),
        content=st.binary(max_size=300),
        sig_type=st.integers(0, 5),
    )
    def test_signatures(self, config, converse, make_desk, server_of, text, content, sig_type):
        draft = SignatureDraft(text=text, remark="us", picture=PNG + content, options={"sig_type": sig_type})
        usms, desk = Usms(config), make_desk()
        server = server_of(desk)

        added = converse(usms.add_signature(draft, STAMP), server)
        (found,) = converse(usms.get_signatures([added.id], STAMP), server)
        changed = converse(usms.modify_signature(added.id, replace(draft, remark=""), STAMP), server)
        desk.put_signature(replace(desk.signed[added.id], review=Review.REJECTED))
        converse(usms.delete_signatures([added.id], STAMP), server)

        assert (found.id, found.text, found.review) == (added.id, text, Review.PENDING)
        assert changed == found
        assert converse(usms.get_signatures([added.id], STAMP), server) == []


def test_the_forms_of_the_client_are_read_by_the_server_with_the_same_values(config, call_of):
    draft = TemplateDraft(text="100% {1} & more=+/ \u00e9\n", name="a b")

    request = next(Usms(config).add_template(draft, STAMP))

    assert dict(parse_qsl(call_of(request).body.decode()))["Template"] == draft.text


@given(st.lists(reports(), max_size=20))
def test_statistics_add_up(config, make_desk, server_of, converse, sent):
    server = server_of(make_desk(due=list(sent)))
    span = (1_600_000_000.0, 2_000_000_001.0)

    counts = converse(Usms(config).send_statistics(*span, STAMP), server)
    fates = converse(Usms(config).delivery_statistics(*span, STAMP), server)

    delivered = sum(each.delivery is Delivery.DELIVERED for each in sent)
    assert (counts.accepted, counts.billed) == (len(sent), sum(each.fee for each in sent))
    assert (fates.delivered, fates.undelivered) == (delivered, len(sent) - delivered)


@given(st.lists(st.tuples(reports(), st.sampled_from(["UTA1", "UTB2", "UTB3"])), max_size=20))
def test_statistics_by_template_add_up(config, make_desk, server_of, converse, sent):
    server = server_of(make_desk(due=[replace(each, template=template) for each, template in sent]))

    counts = converse(Usms(config).template_statistics(1_600_000_000.0, 2_000_000_001.0, STAMP), server)

    told = {each.template_id: (each.delivered, each.undelivered, each.billed) for each in counts}
    assert told == {
        name: (
            sum(each.delivery is Delivery.DELIVERED for each in own),
            sum(each.delivery is Delivery.UNDELIVERED for each in own),
            sum(each.fee for each in own),
        )
        for name in {template for _, template in sent}
        for own in [[each for each, template in sent if template == name]]
    }
