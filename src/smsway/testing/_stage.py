"""A conversation between a provider and its own side of the sandbox, without a socket and with the clock stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from smsway.model import (
    Batch,
    Callback,
    Outcome,
    Reason,
    Request,
    Response,
    SandboxCall,
    SandboxInbound,
    SandboxPush,
    SandboxPusher,
    SandboxReply,
    SandboxReport,
    SandboxSigner,
    SandboxTemplate,
    Stamp,
)
from smsway.provider import Exchange, Provider
from smsway.sandbox import SandboxAccount, Submission
from smsway.sandbox._books import AccountBook, Books
from smsway.sandbox._desk import Desk
from smsway.sandbox._orders import Refusal
from smsway.sandbox._plan import Plan
from smsway.testing._cast import NOW, PARAMS, WORDS, frozen_stamp, names_of
from smsway.testing._subject import ACCOUNT, Subject

T = TypeVar("T")

Twist = Callable[[Response], Response]
Reshape = Callable[[list[Any]], list[Any]]

MOST_REQUESTS = 2_000
"""A provider that asks more often than this for one call asks for ever."""


class Step(NamedTuple):
    """A request of a provider, and what was answered."""

    request: Request
    response: Response


class _Desk(Desk):
    """A desk at which a check decides how the results are written."""

    reshape: Reshape | None = None

    def results(self, items: list[Any]) -> list[Any]:
        return super().results(items) if self.reshape is None else self.reshape(items)


@dataclass
class Stage:
    """The vendor as the provider's side plays it for one account.

    What the catalogue would name is approved. *reshape* writes the per-recipient results; *steps* are the requests and
    answers so far.
    """

    subject: Subject
    params: Sequence[str] = PARAMS
    words: str = WORDS
    balance: int | None = None
    rate: float | None = None
    reshape: Reshape | None = None
    now: float = NOW
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        make = self.subject.spec.sandbox
        if make is None:
            pytest.skip(f"{self.subject.name} brings no side of the sandbox")
        self.side = make(self.subject.config)
        names = names_of(self.params)
        templates = [SandboxTemplate(id_, len(self.params), self.words, names=names) for id_ in self.subject.ids]
        account = SandboxAccount(
            ACCOUNT,
            self.side,
            templates=templates,
            texts=["{any}"],
            signatures=[self.subject.signature] if self.subject.signature else [],
            senders=[self.subject.sender] if self.subject.sender else [],
            rate=self.rate,
            balance=self.balance,
        )
        self.books = Books([account], lambda: self.now)
        self.plan = Plan()

    @property
    def book(self) -> AccountBook:
        """What the sandbox keeps of the account."""
        return self.books.accounts[ACCOUNT]

    @property
    def submissions(self) -> list[Submission]:
        """The texts that the vendor took."""
        return self.books.submissions

    @property
    def taken(self) -> list[str]:
        """The phones of these texts."""
        return [each.phone for each in self.submissions]

    def refuse(self, reason: Reason, *phones: str) -> None:
        """Let the vendor refuse *phones*, or everybody."""
        self.plan.refuse(Refusal(reason=reason, account=ACCOUNT, phones=frozenset(phones)))

    def receive(self, phone: str, text: str = "STOP") -> SandboxInbound:
        """Let *phone* text the account's number."""
        message = SandboxInbound(phone, text, self.now, "", self.subject.signature)
        self.book.returns.receive(message)
        return message

    def judge(self, request: Request) -> SandboxReply:
        """Let the side answer *request*; what it raises is raised."""
        book = self.book
        book.requests += 1
        book.settle()
        desk = _Desk(self.books, self.plan, book)
        desk.reshape = self.reshape
        reply = book.account.side.judge(call_of(request), desk)
        desk.commit()
        return reply

    def respond(self, request: Request, *, fresh: bool = True) -> Response:
        """Return the side's answer to *request* as the transport would."""
        reply = self.judge(request)
        return Response(reply.status, reply.body, {"content-type": reply.content_type}, fresh)

    def play(self, exchange: Exchange[T], twist: Twist | None = None) -> T:
        """Carry *exchange* out to its end and return what it returns; *twist* changes the answers on their way."""
        try:
            request = next(exchange)
            while True:
                response = self.respond(request)
                response = response if twist is None else twist(response)
                self.steps.append(Step(request, response))
                if len(self.steps) > MOST_REQUESTS:
                    pytest.fail(f"the exchange has yielded {MOST_REQUESTS} requests and does not end")
                request = exchange.send(response)
        except StopIteration as stop:
            value: T = stop.value
            return value
        finally:
            exchange.close()

    def send(
        self,
        batch: Batch,
        stamp: Stamp | None = None,
        twist: Twist | None = None,
        provider: Provider | None = None,
    ) -> Sequence[Outcome]:
        """Submit *batch* and return the outcomes."""
        provider = provider or self.subject.provider()
        return self.play(provider.submit(batch, stamp or frozen_stamp()), twist)

    def posts(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> SandboxPush:
        """Return what the side posts of *items*."""
        side = self.side
        assert isinstance(side, SandboxPusher)  # noqa: S101  # asked of those that push
        return side.push(items)

    def callback(self, push: SandboxPush) -> Callback:
        """Return *push* as it arrives, signed if the side signs."""
        side = self.side
        signed = side.sign(push, CALLBACK_URL) if isinstance(side, SandboxSigner) else {}
        headers = {name.lower(): value for name, value in {**push.headers, **signed}.items()}
        url = f"{CALLBACK_URL}?{push.query}" if push.query else CALLBACK_URL
        query = dict(parse_qsl(push.query, keep_blank_values=True))
        return Callback(push.body, {"content-type": push.content_type, **headers}, query, url)

    def pushed(self, items: Sequence[SandboxReport] | Sequence[SandboxInbound]) -> Callback:
        """Return what the side posts of *items*, as it arrives."""
        return self.callback(self.posts(items))


CALLBACK_URL = "https://you.example/sms/checked/0123456789-a-secret-of-forty-three-characters"


def call_of(request: Request) -> SandboxCall:
    """Return *request* as the sandbox receives it."""
    url = urlsplit(request.url)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers.setdefault("host", url.netloc)
    return SandboxCall(request.method, url.path, query, headers, request.body)


def replay(exchange: Exchange[T], answers: Sequence[Response]) -> T:
    """Answer *exchange* with *answers*, one after the other, and return what it returns.

    Raises `AssertionError` if it asks for more, or for less.
    """
    left = list(answers)
    try:
        next(exchange)
        while left:
            exchange.send(left.pop(0))
    except StopIteration as stop:
        if left:
            raise AssertionError(f"the exchange ended with {len(left)} answers left") from None
        value: T = stop.value
        return value
    finally:
        exchange.close()
    raise AssertionError(f"the exchange asks for more than {len(answers)} answers")


def requests_of(exchange: Exchange[Any], answers: Sequence[Response]) -> list[Request]:
    """Return what *exchange* asks if it is answered with *answers*, to its end or as far as these go."""
    requests: list[Request] = []
    try:
        requests.append(next(exchange))
        for answer in answers:
            requests.append(exchange.send(answer))  # noqa: PERF401  # what came before the end is kept
    except StopIteration:
        return requests
    finally:
        exchange.close()
    return requests


def stale(response: Response) -> Response:
    """Return *response* as one that came on a connection which had carried earlier requests."""
    return replace(response, fresh=False)
