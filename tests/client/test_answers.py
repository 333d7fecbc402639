"""Ten thousand made-up batches and answers, through the engine and the real providers, against their own sandboxes.

Whatever a vendor answers, every recipient has exactly one outcome, and nobody is accepted unless the answer says so.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smsway import Message, Recipient, Status, Template
from smsway._desk import Desk
from smsway.config import load
from smsway.delivery import Pause, Record, Transmit, TransportFailure
from smsway.model import OutcomeSettled, Reason, Response, SandboxCall, SandboxTemplate

PHONES = [
    *(f"+861378888{index:04}" for index in range(6)),
    *(f"+6019889{index:04}" for index in range(6)),
    "+12015550123",
    "+447400123456",
]
ACCOUNTS = {"tencent-v5": "cn", "tencent-global": "world", "usms": "backup"}
FOREIGN = {"tencent-v5": "+8613700000000", "tencent-global": "+6598765432", "usms": "+8613700000000"}


@dataclass
class Clock:
    time: float = 1_700_000_000.0
    used: int = 0

    def now(self):
        return self.time

    def monotonic(self):
        return self.time

    def nonce(self):
        self.used += 1
        return self.used

    def random(self):
        return 0.5


@dataclass
class SandboxBooks:
    """A sandbox desk that refuses some phones."""

    clock: Clock
    refused: frozenset[str]
    texts: int = 0

    @property
    def now(self):
        return self.clock.now()

    def throttled(self):
        return False

    def template(self, template_id):
        return SandboxTemplate(template_id, 1 if template_id == "1800308" else 2)

    def approves_text(self, text):
        return bool(text)

    def knows_signature(self, signature):
        return bool(signature)

    def knows_sender(self, sender):
        return bool(sender)

    def refusal(self, phone):
        return Reason.BLOCKED_RECIPIENT if phone in self.refused else None

    def accept(self, phone, reference=None, fee=1, message_id=None, template=None, **_said):
        self.texts += 1
        return message_id or f"{phone[-1]}{reference}{fee}{template}{self.texts}"

    def new_number(self):
        return self.texts

    def results(self, items):
        return items


def results_of(provider, answer):
    """Return the list of results in *answer*, to be changed in place."""
    if provider == "tencent-v5":
        return answer.setdefault("detail", [])
    if provider == "tencent-global":
        return answer["Response"].setdefault("SendMultiStatusSet", [])
    return answer.setdefault("FailContent", [])


def shuffle(provider, answer, n):
    results = results_of(provider, answer)
    results[:] = [*results[n % 7 :], *reversed(results[: n % 7])]


def drop(provider, answer, n):
    del results_of(provider, answer)[n % 3 :]


def duplicate(provider, answer, n):
    results = results_of(provider, answer)
    results += json.loads(json.dumps(results[: 1 + n % 2]))


def contradict(provider, answer, n):
    results = results_of(provider, answer)
    copies = json.loads(json.dumps(results[: 1 + n % 2]))
    for copy in copies:
        copy.update({"result": 1016, "Code": "FailedOperation.PhoneNumberInBlacklist", "FailureDetails": "balance"})
    results += copies


def foreign(provider, answer, n):
    item = {
        "tencent-v5": {"result": 0, "errmsg": "OK", "nationcode": "86", "mobile": "13700000000", "sid": "1", "fee": 1},
        "tencent-global": {"Code": "Ok", "PhoneNumber": FOREIGN[provider], "SerialNo": "1"},
        "usms": {"Target": [{"Phone": "(86)13700000000", "FailureDetails": "x"}]},
    }[provider]
    results_of(provider, answer).insert(n % 2, item)


def swap_echo(provider, answer, n):
    if provider == "tencent-v5":
        answer["ext"] = ["", "0" * 20, None][n % 3]
    for item in results_of(provider, answer)[: 1 + n % 2]:
        item["SessionContext"] = ["", "f" * 20 + "-0", None][n % 3]


def change_code(provider, answer, n):
    code = [0, 18046, 1015, 60007, 1008, 18014, -1, "0", None, 10**30][n % 10]
    name = {"tencent-v5": "result", "tencent-global": "Error", "usms": "RetCode"}[provider]
    if provider == "tencent-global":
        codes = ["InternalError.Timeout", "FailedOperation.PhoneNumberInBlacklist", "", "Unheard.Of", "Ok"]
        answer["Response"][name] = {"Code": codes[n % 5], "Message": "no"}
        if n % 2:
            answer["Response"].pop("SendMultiStatusSet", None)
    else:
        answer[name] = code


def change_item(provider, answer, n):
    values = [1016, 0, "0", None, "Ok", "LimitExceeded.PhoneNumberDailyLimit", [], True]
    for item in results_of(provider, answer)[n % 2 :]:
        item["result"] = item["Code"] = values[n % 8]


def change_counts(_, answer, n):
    answer["SuccessCount"] = [0, 1, n, None, -1][n % 5]
    if n % 2:
        answer.pop("SessionNo", None)


def retype(provider, answer, n):
    owner = answer["Response"] if provider == "tencent-global" else answer
    names = sorted(owner)
    owner[names[n % len(names)]] = [None, [], {}, "x", 0, 1.5, [None], [{}], "", False][n % 10]


def cut(body, n):
    return body[: n * 7 % (len(body) + 1)]


def garble(body, n):
    place = n * 13 % len(body) if body else 0
    return body[:place] + bytes([n % 256]) + body[place + 1 :]


def replace(body, n):
    return [b"", b"{}", b"null", b"[]", b"<html>OK</html>", body * 2, b"\xff\xfe", b'{"result": 0}', b"NaN"][n % 9]


def with_deep_braces(body, n):
    return b"[" * (n * 1000) + body


IN_JSON = (shuffle, drop, duplicate, contradict, foreign, swap_echo, change_code, change_item, change_counts, retype)
IN_BYTES = (cut, garble, replace, with_deep_braces)
STATUSES = [200] * 12 + [201, 204, 301, 400, 401, 403, 404, 429, 500, 502, 503]

CHANGES = st.lists(st.tuples(st.sampled_from(IN_JSON), st.integers(0, 40)), max_size=3)
NOISE = st.none() | st.none() | st.tuples(st.sampled_from(IN_BYTES), st.integers(0, 255))


@st.composite
def scripts(draw):
    """Draw who is texted, who is refused, and what happens to each answer in turn."""
    return (
        draw(st.lists(st.sampled_from(PHONES), min_size=1, max_size=8)),
        draw(st.frozensets(st.sampled_from(PHONES), max_size=3)),
        draw(st.sampled_from(["login_code", "own_params"])),
        draw(CHANGES),
        draw(NOISE),
        draw(st.sampled_from(STATUSES)),
        draw(st.sampled_from(["whole", "whole", "whole", "whole", "used", "lost", "never left"])),
    )


@dataclass
class Vendor:
    """Carries out effects in virtual time, and spoils the sandbox's answers by the script."""

    provider: str
    side: object
    clock: Clock
    refused: frozenset[str]
    changes: list
    noise: object
    status: int
    line: str
    answers: list = field(default_factory=list)

    def run(self, flow, told):
        """Run *flow*; return what it returns, and the exchanges that it had."""
        exchanges, answer = [], None
        try:
            effect = next(flow)
            while True:
                match effect:
                    case Transmit():
                        exchanges.append(self.exchange(effect.request))
                        answer = exchanges[-1][1]
                    case Pause():
                        self.clock.time, answer = max(self.clock.time, effect.until), None
                    case Record():
                        told.append(effect.event)
                        answer = None
                effect = flow.throw(answer) if isinstance(answer, Exception) else flow.send(answer)
        except StopIteration as stop:
            return stop.value, exchanges

    def exchange(self, request):
        if self.line not in {"whole", "used"}:
            return request, TransportFailure("reading", maybe_sent=self.line == "lost")
        url = urlsplit(request.url)
        headers = {"host": url.netloc} | {name.lower(): value for name, value in request.headers.items()}
        call = SandboxCall(request.method, url.path or "/", dict(parse_qsl(url.query)), headers, request.body)
        body = self.side.judge(call, SandboxBooks(self.clock, self.refused)).body
        answer = json.loads(body)
        for change, n in self.changes:
            try:
                change(self.provider, answer, n)
            except (AttributeError, TypeError, KeyError):
                continue  # an earlier change left nothing to change
        body = json.dumps(answer).encode()
        if self.noise is not None:
            change, n = self.noise
            body = change(body, n)
        return request, Response(self.status, body, {}, fresh=self.line != "used")


def requested(provider, request):
    """Return how many recipients *request* names, and what must be echoed for each phone."""
    if provider == "tencent-v5":
        body = json.loads(request.body)
        tels = body["tel"] if isinstance(body["tel"], list) else [body["tel"]]
        phones = [tel if isinstance(tel, str) else f"+{tel['nationcode']}{tel['mobile']}" for tel in tels]
        return dict.fromkeys(phones, body["ext"])
    if provider == "tencent-global":
        infos = json.loads(request.body)["MultiSmsInfoSet"]
        return {info["PhoneNumber"]: info["SessionContext"] for info in infos}
    items = json.loads(base64.b64decode(parse_qs(request.body.decode())["TaskContent"][0]))
    targets = [target for item in items for target in item["Target"]]
    return {"+" + target["Phone"].strip("(").replace(")", ""): target["UserId"] for target in targets}


def says_accepted(provider, request, response):
    """Return the phones that *response* documents as accepted; written anew, and stricter than the providers."""
    references = requested(provider, request)
    if not 200 <= response.status < 300:
        return set()
    answer = json.loads(response.body)
    if provider == "usms":
        return _by_counts(references, answer) if response.fresh else set()
    if provider == "tencent-global":
        items = [
            (item["PhoneNumber"], item["Code"] == "Ok", item.get("SessionContext"))
            for item in answer["Response"].get("SendMultiStatusSet") or []
        ]
    elif len(references) == 1:
        # The calls for one recipient answer in one object; a list has no meaning there.
        items = [(phone, str(answer["result"]) == "0", answer.get("ext")) for phone in references]
    else:
        own = str(answer["result"]) == "0"
        items = [
            (f"+{item['nationcode']}{item['mobile']}", own and str(item["result"]) == "0", answer.get("ext"))
            for item in answer.get("detail") or []
        ]
    said = {}
    for phone, success, echo in items:
        assert phone in references, "a result for a foreign phone spoils the whole answer"
        proven = echo == references[phone] or (not echo and response.fresh)
        said.setdefault(phone, []).append(success and proven)
    return {phone for phone, successes in said.items() if all(successes)}


def _by_counts(references, answer):
    if answer["RetCode"] not in {0, 18046}:
        return set()
    by_user = {user: phone for phone, user in references.items()}
    named = {
        by_user[target["UserId"]] if target.get("UserId") else "+" + target["Phone"].strip("(").replace(")", "")
        for item in answer.get("FailContent") or []
        for target in item["Target"]
    }
    rest = references.keys() - named
    if answer.get("SuccessCount") is None:
        return set(rest) if answer["RetCode"] == 0 and answer.get("SessionNo") else set()
    return set(rest) if answer["SuccessCount"] == len(rest) else set()


@pytest.fixture
def account_of(configuration):
    """Return a configuration whose only route leads to the account of a provider, and the server side of that."""

    def load_(provider):
        name = ACCOUNTS[provider]
        own = {"routes": [{"accounts": [name]}], "signatures": {"default": {name: "Acme"}}}
        loaded = load({**configuration, **own})
        return loaded, loaded.plugins.providers[provider].sandbox(loaded.accounts[name].config)

    return load_


def message_to(phones, shape):
    params = {"code": "1234", "minutes": "4"}
    if shape == "own_params":
        to = [Recipient(phone, {"code": str(index)}) for index, phone in enumerate(phones)]
    else:
        to = phones
    return Message(to=to, content=Template("login_code", params))


@pytest.mark.parametrize(("provider", "examples"), [("tencent-v5", 3400), ("tencent-global", 3300), ("usms", 3300)])
def test_n_in_n_out_and_nobody_accepted_without_a_documented_success(account_of, provider, examples):
    configuration, side = account_of(provider)
    seen = set()

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(scripts())
    def check(script):
        phones, refused, shape, changes, noise, status, line = script
        clock, told = Clock(), []
        desk = Desk(configuration, clock, told.append)
        vendor = Vendor(provider, side, clock, refused, changes, noise, status, line)

        shipments, journeys = desk.take(message_to(phones, shape))
        done = [(*vendor.run(desk.deliver(shipment), told), shipment) for shipment in shipments]
        outcomes = [desk.outcome(journey) for journey in journeys]

        assert [outcome.recipient for outcome in outcomes] == phones
        settled = [event.key for event in told if isinstance(event, OutcomeSettled)]
        assert sorted(settled) == [(0, index) for index in range(len(phones))]
        for finished, exchanges, shipment in done:
            assert sorted(journey.index for journey in finished) == sorted(j.index for j in shipment.journeys)
            accepted = {str(journey.phone) for journey in finished if journey.outcome.status is Status.ACCEPTED}
            if accepted:
                request, response = exchanges[-1]
                assert accepted <= says_accepted(provider, request, response)
        seen.update(outcome.status for outcome in outcomes)

    check()

    assert seen == set(Status)


@pytest.mark.parametrize("provider", ACCOUNTS)
def test_an_answer_that_nobody_spoils_is_booked_as_the_vendor_says(account_of, provider):
    configuration, side = account_of(provider)
    phones = [phone for phone in PHONES if provider != "tencent-global" or not phone.startswith("+86")]
    clock = Clock()
    desk = Desk(configuration, clock, None)
    vendor = Vendor(provider, side, clock, frozenset(phones[1:2]), [], None, 200, "whole")

    shipments, journeys = desk.take(message_to(phones, "own_params"))
    for shipment in shipments:
        vendor.run(desk.deliver(shipment), [])
    outcomes = [desk.outcome(journey) for journey in journeys]

    assert [outcome.status for outcome in outcomes] == [
        Status.REJECTED if phone == phones[1] else Status.ACCEPTED for phone in phones
    ]
    assert outcomes[1].reason is Reason.BLOCKED_RECIPIENT
