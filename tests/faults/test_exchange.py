"""The bytes of one exchange, however they are cut, and the addresses of requests, read in two ways."""

import string
from itertools import pairwise

import h11
import httpx
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from smsway.delivery import TransportFailure
from smsway.model import Request
from smsway.transport._exchange import CAP, Encoded, Exchange, TooLarge, Unframed, _SlowAnswer, written
from smsway.transport._library import httpcore
from smsway.transport._messages import _parse, prepare

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\nX-One: a\r\n\r\n{"a":1}'
TWICE = PLAIN.replace(b"X-One: a", b"X-One: a\r\nX-One: b")
CHUNKED = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + PLAIN


def begun():
    return Exchange("POST")


def fed(pieces):
    """Feed an answer, and return the exchange if the answer is whole with the last piece and not before."""
    talk = begun()
    assert [talk.receive(piece) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    return talk


@given(st.sampled_from([PLAIN, TWICE, CHUNKED]), st.sets(st.integers(1, 80), max_size=8))
def test_an_answer_is_whole_with_its_last_byte_however_it_is_cut(answer, cuts):
    places = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]

    talk = fed([answer[start:end] for start, end in pairwise(places)])

    assert talk.response(fresh=True).body == b'{"a":1}'
    assert talk.clean


def test_a_header_that_comes_twice_is_one_with_both_values():
    assert fed([TWICE]).response(fresh=True).headers["x-one"] == "a, b"


@pytest.mark.parametrize(
    "answer",
    [
        INTERIM,
        PLAIN + b"H",
        PLAIN + PLAIN,
        CHUNKED + b"\r\n",
        PLAIN.replace(b"200 OK", b"500 No"),
        PLAIN.replace(b"200 OK", b"304 No").replace(b"7", b"0")[:-7],
        PLAIN.replace(b"X-One: a", b"Connection: close"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
    ids=["interim", "a byte more", "two", "a line more", "an error", "a redirection", "close", "HTTP/1.0"],
)
def test_after_an_answer_that_was_not_alone_or_not_good_the_connection_is_not_used_again(answer):
    assert not fed([answer]).clean


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n{}", Unframed),
        (PLAIN.replace(b"X-One: a", b"Content-Encoding: gzip"), Encoded),
        (PLAIN.replace(b"7\r\n", b"7\r\nContent-Length: 8\r\n"), httpcore.RemoteProtocolError),
        (b"220 mail.example ESMTP\r\n\r\n", httpcore.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, httpcore.RemoteProtocolError),
        (PLAIN.replace(b"7\r\n", b"%d\r\n" % (CAP + 1)) + bytes(CAP - 6), TooLarge),
        (PLAIN.replace(b"7\r\n", b"%d\r\n" % (2 * CAP)) + bytes(CAP), TooLarge),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 60_000, TooLarge),
    ],
    ids=[
        "unframed",
        "encoded",
        "two lengths",
        "no HTTP",
        "a long head",
        "a long body",
        "a longer one in part",
        "interim without end",
    ],
)
def test_an_answer_that_cannot_be_read_safely_is_refused(answer, error):
    talk = begun()

    with pytest.raises(error) as raised:
        talk.receive(answer)

    assert "ESMTP" not in f"{raised.value}{raised.value.__cause__}"


@pytest.mark.parametrize("length", range(len(PLAIN)))
def test_an_answer_that_is_cut_is_refused(length):
    talk = begun()
    if length:
        assert not talk.receive(PLAIN[:length])

    with pytest.raises(httpcore.RemoteProtocolError):
        talk.receive(b"")


HEADS = st.lists(
    st.sampled_from(
        [
            b"Content-Length: 2",
            b"content-length:2\t",
            b"Content-Length: 02",
            b"Content-Length: 3",
            b"Content-Length: 2, 2",
            b"Content-Length: +2",
            b"Transfer-Encoding: chunked",
            b"Content-Encoding: identity",
            b"Content-Encoding: gzip",
            b"Connection: keep-alive",
            b"Connection: Keep-Alive, x",
            b"Connection: close",
            b"Upgrade: h2c",
            b"Server:",
            b"Server: a\tb ",
            b"Server : x",
            b" folded",
            b"X-Caf\xe9: y",
            b"Y: caf\xe9",
            b"Z: \x00",
            b"Date: Mon, 23 Nov 2026 01:02:03 GMT",
        ]
    ),
    max_size=4,
)
STARTS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 200",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 204 No",
        b"HTTP/1.1 206 Part",
        b"HTTP/1.1 400 Bad",
        b"HTTP/1.1 101 Switch",
        b"HTTP/1.1 100 Go",
        b"HTTP/2 200 OK",
        b"HTTP/1.1 20 OK",
        b"",
    ]
)
ENDS = st.sampled_from([b"{}", b"", b"{", b"{}\n", b"{}{}", b"2\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\n\r\nx"])


def read(reader, pieces):
    """Return what comes of an answer in pieces, and of the end of the connection where it is not whole by then."""
    try:
        if any([reader.receive(piece) for piece in pieces] or [False]) or reader.receive(b""):
            return reader.response(fresh=True), reader.clean
    except Exception as error:  # noqa: BLE001  # whatever it is, it is what comes of it
        return type(error)
    return "never whole"


@given(
    start=STARTS,
    heads=HEADS,
    end=ENDS,
    line=st.sampled_from([b"\r\n", b"\n"]),
    cuts=st.sets(st.integers(1, 150), max_size=3),
)
@settings(max_examples=2000)
def test_a_plain_answer_is_read_as_h11_reads_it(start, heads, end, line, cuts):
    answer = line.join([start, *heads, b"", end])
    places = [0, *sorted(cut for cut in cuts if cut < len(answer)), len(answer)]
    pieces = [piece for begin, stop in pairwise(places) if (piece := answer[begin:stop])]

    assert read(Exchange("POST"), pieces) == read(_SlowAnswer("POST"), pieces)


def test_the_answer_to_a_question_for_the_head_alone_has_no_body():
    talk = Exchange("HEAD")

    assert talk.receive(PLAIN[:-7])


ODD = st.text(string.ascii_letters + string.digits + string.punctuation + " \r\né", max_size=20)
HOST = st.sampled_from(
    ["a.example", "127.0.0.1", "A.Example", "a.example:8080", "a.example:80", "[::1]:81", "u@a.example"]
)


@given(st.sampled_from(["http", "https", "HTTP", "ftp"]), HOST, ODD)
def test_a_url_leads_where_the_library_says_whatever_is_in_it(scheme, host, rest):
    url = f"{scheme}://{host}/{rest}"
    try:
        origin, target = _parse(url)
    except TransportFailure:
        with pytest.raises(TransportFailure):
            prepare(Request(url, {}, b""), close=False)
        return

    prepared = prepare(Request(url, {}, b""), close=False)

    assert (prepared.origin, prepared.target) == (origin, target)


@given(HOST, ODD)
def test_the_wire_carries_what_the_library_would_send(host, rest):
    url = f"http://{host}/{rest}"
    try:
        theirs = httpx.Request("POST", url, content=b"{}")
    except httpx.InvalidURL:
        reject()

    ours = prepare(Request(url, {}, b"{}"), close=False)

    assert ours.target.encode() == theirs.url.raw_path
    assert {name: ours.headers[name] for name in theirs.headers} == dict(theirs.headers)


@given(
    HOST,
    ODD,
    st.dictionaries(st.sampled_from(["X-One", "x-two", "Host", "Content-Length"]), st.text("ab ~", max_size=5)),
)
def test_a_server_reads_what_was_written(host, rest, headers):
    try:
        request = prepare(Request(f"http://{host}/{rest}", headers, b"{body}"), close=False)
    except TransportFailure:
        reject()
    server = h11.Connection(h11.SERVER)

    server.receive_data(written(request))

    head, body, end = server.next_event(), server.next_event(), server.next_event()
    assert (head.method, head.target) == (b"POST", request.target.encode())
    assert dict(head.headers) == {name.encode(): value.strip().encode() for name, value in request.headers.items()}
    assert (body.data, type(end)) == (b"{body}", h11.EndOfMessage)


@pytest.mark.parametrize(
    "request_",
    [
        Request("http://a.example/", {}, b"", method="GET HTTP/1.1\r\nX: "),
        Request("http://a.example/", {}, b"", method=""),
        Request("http://a.example/", {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n"),
        Request("http://a.example/", {}, b"", method="CONNECT"),
        Request("http://a.example:65536/", {}, b""),
        Request("http://a.example:0/", {}, b""),
    ],
    ids=["method", "no method", "chunked", "a tunnel", "no port", "port 0"],
)
def test_a_request_whose_end_would_not_be_where_it_is_is_not_sent(request_):
    with pytest.raises(TransportFailure) as caught:
        prepare(request_, close=False)

    assert not caught.value.maybe_sent


@pytest.mark.parametrize(("method", "body", "length"), [("GET", b"", "0"), ("POST", b"{}", "2")])
def test_the_length_is_that_of_the_body_whatever_the_caller_says(method, body, length):
    request = Request("http://a.example/", {"Content-Length": "10"}, body, method=method)

    assert prepare(request, close=False).headers["content-length"] == length
