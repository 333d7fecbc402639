"""Who is refused: a wrong, old or missing secret, address or password."""

import asyncio
import base64
import hmac
import logging
import time
from contextlib import suppress

import pytest

from smsway.webhooks._doors import Doors, make_door
from smsway.webhooks._refusal import Refusal


def basic(text, encoding="utf-8"):
    return ("Authorization", f"Basic {base64.b64encode(text.encode(encoding)).decode()}")


def nothing_of(answer, *texts):
    """True if the answer repeats none of *texts*."""
    shown = answer.body.decode() + repr(answer.headers)
    return not any(text and text in shown for text in texts)


@pytest.mark.parametrize("which", [0, 1])
def test_both_secrets_are_live(post, secrets, notebook, make_reports, which):
    assert post(f"/toy/{secrets[which]}", make_reports("+8613700000001")).status == 200
    assert len(notebook.items) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/toy/{wrong}",
        "/toy/{other}",
        "/mute/{new}",
        "/nobody/{new}",
        "/TOY/{new}",
        "/toy/{new}x",
        "/toy/{half}",
        "/toy/{new}/",
        "/toy/{new}\n",
        "/toy/{new}\0",
        "//toy/{new}",
        "/toy//{new}",
        "/toy",
        "/toy/",
        "/",
        "",
        "/tóy/{new}",
        "/toy/пароль",
        "/toy/\udc80\ud800",
        "/\ud800/{new}",
        "/toy/\U0010ffff",
        "/toy/{new}é",
        "/toy/*",
        "///toy/{new}",
        "/toy/{new}//",
        "/./toy/{new}",
        "/nobody/../toy/{new}",
        "/toy/%35{half}",
        "/toy%2F{new}",
        "/toy/{new}?a=1",
        "/toy/{new};a=1",
        "/toy/ {new}",
        "toy/{new}",
        "http://hooks.example/toy/{new}",
        "*",
    ],
)
def test_a_wrong_address_is_not_found_whatever_is_wrong_with_it(post, secrets, notebook, make_reports, caplog, path):
    caplog.set_level(logging.DEBUG)
    new, _, other = secrets
    wrong = "0" * 32
    path = path.format(new=new, other=other, wrong=wrong, half=new[:16])

    answer = post(path, make_reports("+8613700000001"))

    assert (answer.status, answer.body) == (404, b"Not Found")
    assert "location" not in answer.headers
    assert nothing_of(answer, new, other, wrong, *filter(None, path.split("/")))
    assert not any(text in caplog.text for text in (new, new[:16], other, wrong))
    assert notebook.received == []


def test_a_secret_that_was_rotated_out_is_not_found(source, post, secrets, make_reports):
    source["webhooks"]["accounts"]["toy"]["secrets"].pop()

    assert post(f"/toy/{secrets[1]}", make_reports("+8613700000001")).status == 404
    assert post(f"/toy/{secrets[0]}", make_reports("+8613700000001")).status == 200


def test_unknown_accounts_and_wrong_secrets_get_the_same_answer(post, secrets):
    answers = [post(path) for path in (f"/nobody/{secrets[0]}", f"/toy/{'0' * 32}", f"/other/{secrets[0]}", "/x/y")]

    assert len({(answer.status, answer.body, str(sorted(answer.headers.items()))) for answer in answers}) == 1


def test_a_path_without_end_is_not_found_at_once(post, secrets):
    began = time.process_time()

    answers = [post(path) for path in (f"/toy/{secrets[0] * 40_000}", f"/{'t' * 1_000_000}/x", "/" * 1_000_000)]

    assert [answer.status for answer in answers] == [404] * 3
    assert time.process_time() - began < 1


def test_a_websocket_is_closed_whatever_it_calls(source, make_caller, secrets):
    application, sent = make_caller(source).application, []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    async def connect():
        for secret in (secrets[0], "0" * 32):
            scope = {"type": "websocket", "path": f"/toy/{secret}", "headers": [], "query_string": b"", "root_path": ""}
            await application(scope, receive, send)

    asyncio.run(connect())

    assert [message["type"] for message in sent] == ["websocket.close"] * 2
    assert sent[0] == sent[1]


class Counting:
    """Compares as the application does, and notes what."""

    def __init__(self):
        self.pairs = []

    def __call__(self, one, other):
        self.pairs.append((one, other))
        return hmac.compare_digest(one, other)


def test_every_caller_costs_the_same_comparisons(source, make_holder, secrets):
    new, old, other = secrets
    configuration = make_holder(source).configuration
    doors = {
        name: make_door(name, configuration.accounts[name].provider, settings)
        for name, settings in configuration.webhooks.accounts.items()
    }
    counts = {}
    for account, secret in [
        ("toy", new),
        ("toy", old),
        ("toy", other),
        ("toy", ""),
        ("toy", new[:-1]),
        ("toy", "é\ud800" * 999),
        ("other", other),
        ("other", new),
        ("nobody", new),
    ]:
        compare = Counting()
        with suppress(Refusal):
            Doors(doors, compare).find(account, secret)
        counts[account, secret] = [(type(one), len(one), type(other), len(other)) for one, other in compare.pairs]

    assert {tuple(each) for each in counts.values()} == {((bytes, 32, bytes, 32),) * 2}


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "post", "get", "TRACE"])
def test_only_post_and_get_are_allowed(post, secrets, notebook, method):
    answer = post(f"/toy/{secrets[0]}", method=method)

    assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, {"GET", "POST"})
    assert nothing_of(answer, secrets[0])
    assert notebook.received == []


def test_a_wrong_method_tells_nothing_about_the_address(post, secrets):
    right, wrong = (post(f"/toy/{secret}", method="PUT") for secret in (secrets[0], "0" * 32))

    assert right == wrong


def test_a_get_is_checked_as_a_post_is(post, notebook):
    answer = post(f"/toy/{'0' * 32}", b"", method="GET", query_string=b"to=%2B8613700000001&is=delivered")

    assert answer.status == 404
    assert notebook.received == []


def test_a_get_to_a_provider_whose_vendor_posts_is_malformed(post, secrets, notebook):
    answer = post(f"/toy/{secrets[0]}", b"", method="GET", query_string=b"to=%2B8613700000001&is=delivered")

    assert answer.status == 400
    assert nothing_of(answer, secrets[0])
    assert notebook.received == []


class TestAddresses:
    """`allow` and `trusted_proxies`."""

    @pytest.fixture
    def guarded(self, source):
        source["webhooks"]["accounts"]["toy"]["allow"] = ["203.0.113.0/24", "2001:db8::/32"]
        return source

    @pytest.mark.parametrize("peer", ["203.0.113.7", "203.0.113.255", "2001:db8::1", "::ffff:203.0.113.7"])
    @pytest.mark.usefixtures("guarded")
    def test_an_address_that_is_allowed_may_call(self, post, secrets, peer):
        assert post(f"/toy/{secrets[0]}", peer=(peer, 1)).status == 200

    @pytest.mark.parametrize("peer", [("203.0.114.7", 1), ("::1", 1), ("", 0), ("testclient", 1), None])
    @pytest.mark.usefixtures("guarded")
    def test_any_other_is_refused(self, post, secrets, notebook, peer):
        answer = post(f"/toy/{secrets[0]}", peer=peer)

        assert (answer.status, answer.body) == (403, b"Forbidden")
        assert notebook.received == []

    @pytest.mark.parametrize(
        "headers",
        [
            [("X-Forwarded-For", "203.0.113.7")],
            [("X-Forwarded-For", "203.0.113.7, 203.0.113.7")],
            [("X-Real-IP", "203.0.113.7")],
            [("Forwarded", "for=203.0.113.7")],
            [("Client-IP", "203.0.113.7")],
        ],
    )
    @pytest.mark.usefixtures("guarded")
    def test_a_forwarding_header_of_a_stranger_is_not_believed(self, post, secrets, notebook, headers):
        assert post(f"/toy/{secrets[0]}", headers=headers, peer=("198.51.100.9", 1)).status == 403
        assert notebook.received == []

    @pytest.mark.parametrize(
        ("forwarded", "status"),
        [
            ("203.0.113.7", 200),
            ("203.0.113.7:4711", 200),
            ("[2001:db8::5]:4711", 200),
            ("2001:db8::5", 200),
            ("198.51.100.1, 203.0.113.7", 200),
            ("203.0.113.7, 10.0.0.2", 200),
            ("203.0.113.7, 10.0.0.3 , 10.0.0.2", 200),
            # What a caller wrote itself stands before what the proxy added.
            ("203.0.113.7, 198.51.100.1", 403),
            ("203.0.113.7, 198.51.100.1, 10.0.0.2", 403),
            ("203.0.113.7, unknown", 403),
            ("203.0.113.7, , 10.0.0.2", 403),
            ("203.0.113.7,", 403),
            ("127.0.0.1", 403),
            ("ü", 403),
            ("[203.0.113.7", 200),
            ("203.0.113.7]", 403),
            ("", 403),
        ],
    )
    def test_a_trusted_proxy_is_believed_from_the_nearest_hop_on(self, guarded, post, secrets, forwarded, status):
        guarded["webhooks"]["trusted_proxies"] = ["127.0.0.1/32", "10.0.0.0/8"]

        answer = post(f"/toy/{secrets[0]}", headers=[("X-Forwarded-For", forwarded)], peer=("127.0.0.1", 1))

        assert answer.status == status

    def test_a_header_that_comes_twice_is_one_list(self, guarded, post, secrets):
        guarded["webhooks"]["trusted_proxies"] = ["127.0.0.1/32"]
        spoofed = [("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "198.51.100.1")]

        assert post(f"/toy/{secrets[0]}", headers=spoofed, peer=("127.0.0.1", 1)).status == 403

    @pytest.mark.usefixtures("guarded")
    def test_without_a_trusted_proxy_the_header_changes_nothing_for_who_may_call(self, post, secrets):
        assert post(f"/toy/{secrets[0]}", headers=[("X-Forwarded-For", "198.51.100.1, x")]).status == 200

    @pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1"])
    def test_a_proxy_that_says_nothing_is_the_caller_itself(self, guarded, post, secrets, peer):
        guarded["webhooks"]["trusted_proxies"] = ["127.0.0.1/32"]

        assert post(f"/toy/{secrets[0]}", peer=(peer, 1)).status == 403

    @pytest.mark.usefixtures("guarded")
    def test_the_secret_comes_before_the_address(self, post):
        assert post(f"/toy/{'0' * 32}", peer=("198.51.100.9", 1)).status == 404


class TestBasic:
    """`username` and `password`."""

    @pytest.fixture
    def guarded(self, source):
        source["webhooks"]["accounts"]["toy"] |= {"username": "vendor", "password": "literal:pa:ss"}
        return source

    @pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
    @pytest.mark.usefixtures("guarded")
    def test_the_right_password_lets_in(self, post, secrets, scheme):
        name, value = basic("vendor:pa:ss")

        assert post(f"/toy/{secrets[0]}", headers=[(name, value.replace("Basic", scheme))]).status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            [],
            [basic("vendor:wrong")],
            [basic("vendor:pa:ss ")],
            [basic("vendor")],
            [basic("")],
            [basic("Vendor:pa:ss")],
            [basic("vendör:pa:ss")],
            [basic("vendör:pa:ss", "latin-1")],
            [basic("vendor:pa:ss"), basic("vendor:pa:ss")],
            [("Authorization", "Basic vendor:pa:ss")],
            [("Authorization", "Basic ÿÿÿÿ")],
            [("Authorization", "Basic")],
            [("Authorization", "Bearer dmVuZG9yOnBhOnNz")],
            [("Authorization", "")],
            [("Authorization", "Basic dmVuZG9yOnBhOnN")],
            [("Authorization", "Basic dmVu ZG9yOnBhOnNz")],
            [("Authorization", "Basic dmVuZG9yOnBhOnNz x")],
            [("Authorization", "Basic ====")],
            [("Authorization", "Basic " + "A" * 60_000)],
            [("Authorization", "Basic\tdmVuZG9yOnBhOnNz")],
            [("Authorization", "BasicdmVuZG9yOnBhOnNz")],
            [("Authorization", "dmVuZG9yOnBhOnNz")],
            [("Authorization", "Basic dmVuZG9yOnBhOnNz, Basic dmVuZG9yOnBhOnNz")],
            [("Proxy-Authorization", "Basic dmVuZG9yOnBhOnNz")],
            [basic("vendor:pa:ss\0")],
            [basic("vendor\0:pa:ss")],
            [basic(":pa:ss")],
            [basic("vendor:")],
        ],
    )
    @pytest.mark.usefixtures("guarded")
    def test_anything_else_is_asked_for_it(self, post, secrets, notebook, headers):
        answer = post(f"/toy/{secrets[0]}", headers=headers)

        assert (answer.status, answer.body) == (401, b"Unauthorized")
        assert answer.headers["www-authenticate"] == 'Basic realm="smsway", charset="UTF-8"'
        assert notebook.received == []

    def test_it_is_compared_once_and_as_bytes(self, guarded, make_holder):
        configuration, compare = make_holder(guarded).configuration, Counting()
        door = make_door("toy", configuration.accounts["toy"].provider, configuration.webhooks.accounts["toy"])
        doors = Doors({"toy": door}, compare)

        for _, value in [basic("vendor:pa:ss"), basic("x"), basic("vendör"), ("", "Basic ?"), ("", "")]:
            with suppress(Refusal):
                doors.check(door, None, value)

        assert [(len(one), len(other)) for one, other in compare.pairs] == [(32, 32)] * 5
