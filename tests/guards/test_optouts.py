"""Who has opted out gets nothing of that kind, whatever the way of the opt-out; and no phone takes itself off again."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsway import AsyncClient, ConfigError, Inbound, InboundReceived, Message, Reason, Template
from smsway.guards import KEYWORDS, GuardError, is_opt_out

A, B = "+8613788888888", "+8613788888889"


def text(*phones, kind="marketing"):
    return Message(to=phones, content=Template("login_code", {"code": "1234", "minutes": "4"}), kind=kind)


OUT, PASSES = Reason.BLOCKED_RECIPIENT, "passes"


def reasons(client, *phones, kind="marketing"):
    """Send to *phones*, and tell who was stopped; the vendors of those who pass cannot be reached."""
    return [OUT if each.reason is OUT else PASSES for each in client.send(text(*phones, kind=kind))]


WORDS = [word for _, _, words in KEYWORDS for word in words]


@given(
    word=st.sampled_from(WORDS),
    before=st.sampled_from(["", " ", "\n", "「"]),
    after=st.sampled_from(["", ".", " !!", "。"]),
)
def test_a_word_as_a_whole_message_opts_out(word, before, after):
    assert is_opt_out(f"{before}{word}{after}")
    assert is_opt_out(f"{before}{word.lower()}{after}")
    assert not is_opt_out(f"{word} please")
    assert not is_opt_out(f"do not {word}")


@pytest.mark.parametrize(
    "said",
    ["Arrêté", "ARRÊT", "\uff33\uff34\uff2f\uff30", "stop", "td", " T ", "退订。", "Revoke", "Opt out!", "optout"],
)
def test_accents_widths_and_cases_do_not_matter(said):
    assert is_opt_out(said)


@pytest.mark.parametrize("said", ["", " ", "?", "START", "YES", "UNSTOP", "订", "stop it", "Nope", "TT", "no", "1"])
def test_nothing_else_does(said):
    assert not is_opt_out(said)


def test_every_list_of_words_has_a_source():
    assert all(language and source.startswith("https://") and words for language, source, words in KEYWORDS)


def test_an_opt_out_from_marketing_stops_marketing_only(make_client):
    client = make_client({"optouts": {}})

    added = [client.optouts.add(A), client.optouts.add(A)]

    assert added == [True, False]
    assert reasons(client, A, B) == [OUT, PASSES]
    assert [reasons(client, A, kind=kind) for kind in ("otp", "notification")] == [[PASSES], [PASSES]]
    assert client.send(text(A))[0].detail == "guard optouts: opted out of marketing"


def test_an_opt_out_from_all_stops_codes_too(make_client):
    client = make_client({"optouts": {}})

    client.optouts.add("137 8888 8888", "all")

    assert [reasons(client, A, kind=kind) for kind in ("otp", "notification", "marketing")] == [[OUT]] * 3
    assert client.optouts.contains(A, "otp")
    assert not client.optouts.contains(B, "otp")


def test_what_was_added_can_be_removed_by_scope(make_client):
    client = make_client({"optouts": {}})
    client.optouts.add_all([A, B], "marketing")
    client.optouts.add(A, "all")

    removed = [client.optouts.remove(A, "marketing"), client.optouts.remove(A, "marketing")]

    assert removed == [True, False]
    assert [each.scope for each in client.optouts.of(A)] == ["all"]
    assert client.optouts.remove(A)
    assert reasons(client, A, B) == [PASSES, OUT]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda each: each.add("137888"), "^phone: lacks its area code$"),
        (lambda each: each.add(A, "sales"), "^'sales' is no scope of an opt-out"),
    ],
)
def test_what_is_no_phone_and_no_scope_is_refused(make_client, call, words):
    with pytest.raises(ValueError, match=words):
        call(make_client({"optouts": {}}).optouts)


def test_without_the_guard_there_is_no_list(make_client):
    with pytest.raises(ConfigError, match="add the table"):
        make_client({}).optouts.add(A)


def hear(client, said, sender=A):
    client._desk._tell(InboundReceived(Inbound(sender=sender, text=said)))


def test_a_message_from_a_phone_opts_it_out_and_never_in(make_client):
    client = make_client({"optouts": {"words": ["Genug!"]}})
    found = []

    for said in ("hello", "genug", "START", "UNSTOP", "stop"):
        hear(client, said)
        found += reasons(client, A, B)

    assert found == [PASSES, PASSES, *[OUT, PASSES] * 4]
    assert reasons(client, A, kind="otp") == [PASSES]
    assert [each.source for each in client.optouts.of(A)] == ["inbound"]


def test_a_message_opts_out_of_what_the_scope_says(make_client):
    client = make_client({"optouts": {"scope": "all"}})

    hear(client, "TD")

    assert reasons(client, A, kind="otp") == [OUT]


def test_an_opt_out_of_a_short_code_is_told_and_passed_over(make_client, caplog):
    client = make_client({"optouts": {}})

    hear(client, "STOP", sender="10690")
    hear(client, "hello", sender="10690")

    assert reasons(client, A) == [PASSES]
    assert caplog.text.count("an opt-out at account None comes from no phone") == 1
    assert "10690" not in caplog.text


def test_an_opt_out_that_cannot_be_kept_is_not_taken_for_kept(make_client, tmp_path):
    client = make_client({"optouts": {}}, outbox={"database": f"sqlite:///{tmp_path / 'outbox.db'}"})
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as connection, connection:
        connection.execute("drop table smsway_guard_optouts")

    with pytest.raises(GuardError):
        hear(client, "STOP")

    assert [(each.reason, each.detail) for each in client.send(text(B))] == [(Reason.SCREENED, "guard optouts failed")]


def test_an_opt_out_that_was_received_is_told_again_until_it_is_kept(make_client, tmp_path):
    outbox = tmp_path / "outbox.db"
    client = make_client(
        {"optouts": {}}, outbox={"database": f"sqlite:///{outbox}"}, reports={"store": str(tmp_path / "reports.db")}
    )
    with closing(sqlite3.connect(outbox)) as connection, connection:
        connection.execute("alter table smsway_guard_optouts rename to away")
    numbers = client.tracker.receive([Inbound(sender=A, text="STOP", account="cn", at=1.0)])
    with pytest.raises(GuardError):
        client.tracker.process(numbers)
    with closing(sqlite3.connect(outbox)) as connection, connection:
        connection.execute("alter table away rename to smsway_guard_optouts")

    client.tracker.process(numbers)

    assert client.optouts.contains(A)


def test_an_opt_out_goes_before_the_counts_and_failover(make_client, vendor):
    client = make_client({"optouts": {}, "phones": {"marketing": ["1/d"]}})
    client.optouts.add(A)

    refused = [reasons(client, A) for _ in range(3)]
    client.optouts.remove(A)

    assert refused == [[OUT]] * 3
    assert vendor.requests == []
    assert client.send(text(A))[0].reason is Reason.UNREACHABLE


def test_a_list_that_only_watches_stops_nobody(make_client):
    client = make_client({"optouts": {"mode": "monitor"}})
    client.optouts.add(A)

    plan = client.explain(text(A)).recipients[0]

    assert plan.warnings == ("guard optouts: opted out of marketing",)
    assert reasons(client, A) == [PASSES]


def test_an_async_client_has_the_same_list(configuration, tmp_path):
    source = configuration | {
        "guards": {"optouts": {}},
        "outbox": {"database": f"sqlite:///{tmp_path / 'outbox.db'}"},
    }

    async def keep():
        transport = httpx.MockTransport(lambda _: httpx.Response(503))
        async with AsyncClient.from_config(source, transport=transport) as client:
            added = await client.optouts.add(A), await client.optouts.add_all([A, B], "all")
            found = await client.optouts.contains(A, "otp"), [each.scope for each in await client.optouts.of(B)]
            return added, found, await client.optouts.remove(B), (await client.send(text(A)))[0].reason

    assert asyncio.run(keep()) == ((True, 2), (True, ["all"]), True, OUT)
