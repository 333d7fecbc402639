"""The sandbox as a test, a demo or the command line runs it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Self, Unpack

from smsway.config import is_loopback
from smsway.model import Problem, SandboxReport, SandboxSignature, SandboxTemplate
from smsway.sandbox._account import SandboxAccount
from smsway.sandbox._address import push_problems
from smsway.sandbox._books import Books, Submission
from smsway.sandbox._control import control
from smsway.sandbox._operator import AccountState, InForce, Operator
from smsway.sandbox._orders import (
    EVERY,
    AdvanceOrder,
    BalanceOrder,
    ClockOrder,
    DeliveryFailure,
    FaultLimits,
    InboundOrder,
    Injection,
    Limits,
    PushOrder,
    RateOrder,
    Refusal,
    ReportDelayOrder,
    ReviewOrder,
    SandboxError,
    read,
)
from smsway.sandbox._outbox import Push
from smsway.sandbox._plan import Plan
from smsway.sandbox._reports import Queued
from smsway.sandbox._runner import Runner
from smsway.sandbox._server import Server

_LAST_PORT = 65_535


class Sandbox:
    """A server that plays the vendors of *accounts*, each on a port of its own of *host*.

    As a context manager it runs in a thread of its own; `serve` runs it in the caller's event loop. *port* is that of
    the control API, 0 for any free one. *clock* gives seconds since the epoch. With an *ssl_context* the accounts
    speak TLS; *push_ssl_context* is for posting to https addresses, and trusts what the system trusts if it is not
    given. A host that others can reach needs *allow_remote*, for whoever reaches it can read every text's phone; so
    does posting to another machine.

    All other methods may be called from any thread, running or not. They raise `SandboxError`, which is a
    `ValueError`, if an input is wrong.
    """

    def __init__(
        self,
        accounts: Sequence[SandboxAccount],
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        *,
        ssl_context: ssl.SSLContext | None = None,
        push_ssl_context: ssl.SSLContext | None = None,
        allow_remote: bool = False,
    ) -> None:
        problems = [*_problems(accounts, host, port, allow_remote=allow_remote)]
        if problems:
            raise SandboxError(problems)
        self._books = Books(accounts, clock)
        self._plan = Plan(self._books.clock.elapsed)
        self._operator = Operator(self._books, self._plan, self._urls, self._sync, allow_remote=allow_remote)
        make = partial(Server, self._books, self._plan, host, ssl_context, push_ssl_context)
        self._runner = Runner(make, partial(control, self._operator), port)

    def __enter__(self) -> Self:
        """Run in a thread; raises `SandboxError` if a port cannot be had."""
        self._runner.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.join()

    async def serve(self, ready: Callable[[], None] | None = None) -> None:
        """Run until `stop` or until cancelled; *ready* is called when all ports are open.

        The event loop must have `add_reader`, as all but the proactor loop of Windows do.
        """
        await self._runner.serve(ready)

    def stop(self) -> None:
        """End the server and all its connections; whoever runs it returns soon."""
        self._runner.stop()

    def _sync(self) -> None:
        self._runner.sync()

    @property
    def urls(self) -> Mapping[str, str]:
        """Account -> the address of its API, `http://127.0.0.1:8081`; raises `SandboxError` if it does not run."""
        return self._running().urls

    @property
    def control_url(self) -> str:
        """The address of the control API; raises `SandboxError` if it does not run."""
        return self._running().control_url

    def _running(self) -> Server:
        if self._runner.server is None:
            raise SandboxError([Problem("sandbox", "does not run; use it inside `with`, or after `serve` is ready")])
        return self._runner.server

    def _urls(self) -> Mapping[str, str]:
        return {} if self._runner.server is None else self._runner.server.urls

    def texts(self) -> dict[str, int]:
        """Return how many texts each phone (E.164) got, over all accounts."""
        return self._operator.texts()

    def submissions(self, account: str | None = None) -> list[Submission]:
        """Return the texts that one account or any accepted, in the order they were accepted."""
        return self._operator.submissions(EVERY if account is None else account)

    def requests(self) -> dict[str, int]:
        """Return how many requests each account received whole, whatever became of them."""
        return {each.name: each.requests for each in self._operator.accounts()}

    def accounts(self) -> list[AccountState]:
        """Return every account as it stands."""
        return self._operator.accounts()

    def inject(self, fault: str, **limits: Unpack[FaultLimits]) -> int:
        """Let a fault of `FAULTS` strike, as the fields of `Injection` tell; return its id.

        `inject("slow", account="cn", times=3, delay=5)`
        """
        return self._operator.inject(read(Injection, {"fault": fault, **limits}))

    def refuse_recipients(self, reason: str, **limits: Unpack[Limits]) -> int:
        """Let the vendor refuse recipients, as the fields of `Refusal` tell; return the refusal's id."""
        return self._operator.refuse(read(Refusal, {"reason": reason, **limits}))

    def fail_deliveries(self, reason: str, **limits: Unpack[Limits]) -> int:
        """Let texts be accepted and not arrive, as the fields of `DeliveryFailure` tell; return the failure's id.

        It concerns texts that are accepted from now on; their reports say so.
        """
        return self._operator.fail(read(DeliveryFailure, {"reason": reason, **limits}))

    def faults(self) -> list[InForce]:
        """Return the faults in force, the oldest first."""
        return self._operator.faults()

    def refusals(self) -> list[InForce]:
        """Return the refusals of recipients in force, the oldest first."""
        return self._operator.refusals()

    def delivery_failures(self) -> list[InForce]:
        """Return the failures of deliveries in force, the oldest first."""
        return self._operator.failures()

    def clear_faults(self, id: int | None = None) -> int:  # noqa: A002  # as in the control API
        """End the fault, refusal or failure of deliveries with this id, or all; return how many were ended."""
        return self._operator.lift(id)

    def set_balance(self, account: str, balance: int | None) -> None:
        """Set an account's balance; `None` sets no limit."""
        self._operator.set_balance(read(BalanceOrder, {"account": account, "balance": balance}))

    def set_rate(self, account: str, rate: float | None) -> None:
        """Set an account's requests per second; `None` sets no limit."""
        self._operator.set_rate(read(RateOrder, {"account": account, "rate": rate}))

    def set_clock(self, offset: float, account: str = EVERY) -> None:
        """Set how many seconds the vendor's clock is ahead (behind, if negative)."""
        self._operator.set_clock(read(ClockOrder, {"account": account, "offset": offset}))

    def advance(self, seconds: float) -> None:
        """Let time pass at once, for all accounts.

        Reports fall due, pushes are tried again, reviews end, rates and faults run on. The vendors' clocks are ahead of
        a client's clock from then on; `set_clock(-seconds)` puts them back, and undoes nothing of that.
        """
        self._operator.advance(read(AdvanceOrder, {"seconds": seconds}))

    def templates(self, account: str) -> list[SandboxTemplate]:
        """Return all templates of an account, whatever their review, the oldest first."""
        return self._operator.templates(account)

    def signatures(self, account: str) -> list[SandboxSignature]:
        """Return all signatures of an account, whatever their review, the oldest first."""
        return self._operator.signatures(account)

    def review(
        self,
        account: str,
        *,
        template: str | None = None,
        signature: str | None = None,
        approve: bool = True,
        words: str = "",
    ) -> int:
        """Approve or reject a template or a signature, by the vendor's id, with the reviewer's *words*.

        Of all accounts (`*`) those decide that have it; returns how many.
        """
        given = {"account": account, "template": template, "signature": signature, "approve": approve, "words": words}
        return self._operator.review(read(ReviewOrder, given))

    def reports(self, account: str | None = None) -> list[SandboxReport]:
        """Return the reports of one account or of any that are due, pulled and posted ones included."""
        return self._operator.reports(EVERY if account is None else account)

    def queued(self, account: str) -> Queued:
        """Return how many reports and messages from phones wait to be pulled."""
        return self._operator.queued(account)

    def set_report_delay(self, seconds: float | None, account: str = EVERY) -> None:
        """Let reports fall due so long after their texts; `None` means never. It holds for texts from now on."""
        self._operator.set_report_delay(read(ReportDelayOrder, {"seconds": seconds, "account": account}))

    def receive(self, phone: str, text: str, account: str, extension: str = "", signature: str = "") -> None:
        """Let *phone* (E.164) text the account's number, or rather its *extension*; *signature* is what it answers."""
        given = {"phone": phone, "text": text, "account": account, "extension": extension, "signature": signature}
        self._operator.receive(read(InboundOrder, given))

    def push_to(self, account: str, url: str | None) -> None:
        """Let reports and messages from phones that come from now on be posted to *url*, by the vendor's rule.

        `None` lets them be pulled again. Raises `SandboxError` if the account's side does not push.
        """
        self._operator.push_to(read(PushOrder, {"account": account, "url": url}))

    def pushes(self, account: str | None = None) -> list[Push]:
        """Return what one account or any has posted, or is posting, in the order it was begun."""
        return self._operator.pushes(EVERY if account is None else account)

    def reset(self) -> None:
        """Forget all texts, reports and faults, and set time and every account back to how they were made."""
        self._operator.reset()


def _problems(accounts: Sequence[SandboxAccount], host: str, port: int, *, allow_remote: bool) -> Iterator[Problem]:
    if not (allow_remote or is_loopback(host)):
        yield Problem("host", f"{host!r} can be reached from elsewhere; take '127.0.0.1', or say allow_remote=True")
    ports = {"port": port, **{f"account {each.name!r}": each.port or 0 for each in accounts}}
    for where, number in ports.items():
        # The system would take the remainder by 65536, and listen there.
        if not 0 <= number <= _LAST_PORT:
            yield Problem(where, f"{number} is no port; choose one up to {_LAST_PORT}, or 0 for any free one")
    for account in accounts:
        if account.push_to is not None:
            for each in push_problems(account, account.push_to, allow_remote=allow_remote):
                yield Problem(f"account {account.name!r}.push_to", each.what)
