"""Who is refused: a wrong, old or missing secret, address or password, and whatever is beyond the limits."""

import asyncio
import base64
import hmac
import logging
from contextlib import suppress

import pytest

from smsway.webhooks import app
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


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "post", "TRACE"])
def test_only_post_is_allowed(post, secrets, notebook, method):
    answer = post(f"/toy/{secrets[0]}", method=method)

    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert nothing_of(answer, secrets[0])
    assert notebook.received == []


def test_a_wrong_method_tells_nothing_about_the_address(post, secrets):
    right, wrong = (post(f"/toy/{secret}", method="GET") for secret in (secrets[0], "0" * 32))

    assert right == wrong


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


class TestLimits:
    """Bytes, seconds, items and depth."""

    def test_a_body_at_the_limit_is_taken_and_one_byte_more_is_too_large(self, source, post, secrets, make_reports):
        body = make_reports("+8613700000001")
        source["webhooks"]["body_limit"] = len(body)

        assert post(f"/toy/{secrets[0]}", body).status == 200
        assert post(f"/toy/{secrets[0]}", body, [("Content-Length", str(len(body)))]).status == 200
        assert post(f"/toy/{secrets[0]}", body + b" ").status == 413
        assert post(f"/toy/{secrets[0]}", [body, b" "]).status == 413

    @pytest.mark.parametrize("length", ["262145", "9" * 5000, "00000000000262145"])
    def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_read(self, post, secrets, length):
        async def receive():
            raise AssertionError("read")

        answer = post(f"/toy/{secrets[0]}", headers=[("Content-Length", length)], receive=receive)

        assert (answer.status, answer.headers["connection"]) == (413, "close")

    def test_http_2_is_not_told_to_close(self, post, secrets):
        answer = post(f"/toy/{secrets[0]}", headers=[("Content-Length", "262145")], http_version="2")

        assert answer.status == 413
        assert "connection" not in answer.headers

    @pytest.mark.parametrize("length", ["", "-1", "x", "1.5", "²", "1, 1"])
    def test_a_length_that_is_no_number_is_malformed(self, post, secrets, length):
        assert post(f"/toy/{secrets[0]}", headers=[("Content-Length", length)]).status == 400

    def test_a_body_that_does_not_come_is_given_up(self, source, post, secrets, notebook):
        source["webhooks"]["read_timeout"] = 0.05

        async def receive():
            await asyncio.sleep(0.02)
            return {"type": "http.request", "body": b" ", "more_body": True}

        answer = post(f"/toy/{secrets[0]}", receive=receive)

        assert (answer.status, answer.headers["connection"]) == (408, "close")
        assert notebook.received == []

    def test_a_caller_that_leaves_is_no_error(self, post, secrets, notebook, caplog):
        events = [
            {"type": "http.request", "body": b"[", "more_body": True},
            {"type": "http.disconnect"},
        ]

        async def receive():
            return events.pop(0)

        assert post(f"/toy/{secrets[0]}", receive=receive).status == 400
        assert notebook.received == []
        assert not [record for record in caplog.records if record.exc_info]

    def test_items_at_the_limit_are_taken_and_one_more_is_too_many(self, source, post, secrets, notebook, make_reports):
        source["webhooks"]["item_limit"] = 3
        phones = [f"+861370000000{index}" for index in range(4)]

        assert post(f"/toy/{secrets[0]}", make_reports(*phones[:3])).status == 200
        assert post(f"/toy/{secrets[0]}", make_reports(*phones)).status == 400
        assert len(notebook.items) == 3

    @pytest.mark.parametrize(
        "body",
        [
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"[" * 9 + b"]" * 9,
            b'[{"a":[[[[[[[1]]]]]]]}]',
            b" \r\n\t" + b"[" * 9,
            b"[" * 8 + b'"]]"' + b"[]" + b"]" * 8,
        ],
    )
    def test_what_is_deeper_than_the_limit_is_not_parsed(self, source, make_holder, make_call, secrets, body):
        holder = make_holder(source)

        answer = asyncio.run(make_call(app(holder)).post(f"/toy/{secrets[0]}", body))

        assert answer.status == 400
        assert holder.configuration.accounts["toy"].provider.seen == []

    def test_brackets_in_texts_are_no_depth(self, post, secrets, notebook):
        text = '[[[{{{\\"[[[{{{'

        assert post(f"/toy/{secrets[0]}", f'{{"from": "+8613700000001", "text": "{text}"}}'.encode()).status == 200
        assert notebook.items[0].text == '[[[{{{"[[[{{{'

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"x",
            b"null",
            b"NaN",
            b'"text"',
            b'[{"to": "+8613700000001", "is": "lost"}]',
            b'[{"to": "+8613700000001"}]',
            b'{"from": "1", "from": "2", "text": ""}',
            b"\xff\xfe[\x00]\x00",
            b"\x1f\x8b\x08\x00",
        ],
    )
    def test_what_the_provider_cannot_read_is_malformed_and_not_repeated(self, post, secrets, notebook, caplog, body):
        answer = post(f"/toy/{secrets[0]}", body, [("Content-Type", "text/plain")])

        assert (answer.status, answer.body) == (400, b"Bad Request")
        assert "13700000001" not in caplog.text
        assert "refused a callback for account toy: 400" in caplog.text
        assert notebook.received == []
