"""Checks of the provider's side of the sandbox: it judges like a vendor, and breaks over nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from smsway.model import Reason, Request, Response, SandboxReply
from smsway.testing._cast import frozen_stamp, some
from smsway.testing._checks._declared import Declared, sent_or_refused
from smsway.testing._garbage import PAGE

_BODIES = (b"", b"{}", b"[]", b"null", b'"x"', b"\xff\xfe", b"a=b&c", b"a=%ff", PAGE, b"[" * 5_000, b"0" * 5_000)


class PlayingChecks(Declared):
    """What holds for `ProviderSpec.sandbox`."""

    def test_the_provider_brings_its_side_of_the_sandbox(self) -> None:
        """Whoever uses the provider can try routes and failover without sending; these checks need it as well.

        If it fails: pass a function to `ProviderSpec(sandbox=...)`, or declare recorded samples at least.
        """
        assert self.subject.spec.sandbox or self.samples, "there is neither a side of the sandbox nor a sample"

    def test_sending_never_loads_the_sandbox(self) -> None:
        """The side is imported when it is asked for, and not by an application that sends.

        If it fails: import it inside the function that `ProviderSpec(sandbox=...)` is given.
        """
        module = type(self.stage().side).__module__
        self.need(self.plugin is None and self.subject.folder, "the provider is in no package")

        assert module not in loaded_with(self.subject.package), f"importing {self.subject.package} imports {module}"

    def test_the_side_breaks_over_no_request(self) -> None:
        """Whatever is sent, the side answers, and takes no text.

        If it fails: check the shape of a request before you use it; a vendor has an error for it.
        """
        stage = self.stage()
        stage.send(some(self.subject))
        good = stage.steps[-1].request
        before = len(stage.submissions)

        for body in (*_BODIES, *_parts(good)):
            try:
                reply = stage.judge(replace(good, body=body))
            except Exception as error:  # noqa: BLE001  # what it is, is the finding
                pytest.fail(f"the side raises {type(error).__name__} over a body of {len(body)} bytes of garbage")

            assert isinstance(reply, SandboxReply), "the side does not answer"
            assert len(stage.submissions) == before, f"the side takes texts for a body of {len(body)} bytes of garbage"

    def test_the_side_knows_its_own_addresses_only(self) -> None:
        """Another path or method takes no text.

        If it fails: check both before anything else.
        """
        stage = self.stage()
        stage.send(some(self.subject))
        good, before = stage.steps[-1].request, len(stage.submissions)
        base = self.subject.config.base_url.rstrip("/")

        for request in (replace(good, url=f"{base}/no/such/path"), replace(good, method="DELETE")):
            stage.judge(request)

            assert len(stage.submissions) == before, "the side takes texts at any address, or by any method"

    def test_the_side_checks_who_asks(self) -> None:
        """Whoever mistypes a secret, or has none, sends nothing.

        If it fails: authenticate a request as the vendor does.
        """
        self.need(self.subject.secrets, "it has no secrets")
        stage = self.stage()
        wrong = self.subject.provider(self.subject.with_wrong_secrets())
        sent_or_refused(stage, some(self.subject), provider=wrong)

        assert stage.submissions == [], "the side takes texts from whoever has the wrong credentials"

    def test_the_side_refuses_for_every_reason_without_sending(self) -> None:
        """A phone that the desk refuses is not texted, whatever the reason.

        If it fails: ask `desk.refusal(phone)` before `desk.accept`.
        """
        for reason in Reason:
            stage = self.stage()
            stage.refuse(reason)
            sent_or_refused(stage, some(self.subject))

            assert stage.submissions == [], f"the side sends though the desk refuses ({reason!s})"

    def test_the_side_notes_our_reference_where_answers_echo_it(self) -> None:
        """Reports that come later name it again.

        If it fails: give the reference to `desk.accept`.
        """
        self.need(self.subject.capabilities.echo, "its answers echo nothing")
        stage = self.stage()
        stage.send(some(self.subject))

        for submission in stage.submissions:
            assert frozen_stamp().reference in (submission.reference or ""), "the side does not note our reference"

    def test_the_side_is_as_deterministic_as_the_provider(self) -> None:
        """Two sandboxes that are asked the same answer the same, but for ids.

        If it fails: ask `desk.now` and `desk.new_number`, and take no time or chance of your own.
        """
        one, other = (self._answers() for _ in range(2))

        assert one == other, "the side answers the same request otherwise the second time"

    def _answers(self) -> list[Response]:
        stage = self.stage()
        stage.send(some(self.subject))
        answers = [step.response for step in stage.steps]
        for text in stage.submissions:
            answers = [replace(each, body=each.body.replace(text.message_id.encode(), b"an id")) for each in answers]
        return answers

    def test_the_sides_headers_and_paths_are_read_as_the_server_gives_them(self) -> None:
        """Header names are in lower case, the query is decoded, and the path is that of the vendor's address.

        If it fails: look names of headers up in lower case.
        """
        stage = self.stage()

        stage.send(some(self.subject))

        if not stage.submissions:
            pytest.fail("the side refuses a good request; it is given names of headers in lower case")


def _parts(request: Request) -> tuple[bytes, ...]:
    """Return what is left of the body of *request* if it is cut off; of a form that is a form with other values."""
    body, kinds = request.body, {name.lower(): value for name, value in request.headers.items()}
    if kinds.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ()
    return body[:-1], body[1:], body[: len(body) // 2]


def loaded_with(package: str) -> set[str]:
    """Return the modules of *package* that importing it imports, as far as its sources say so."""
    found: set[str] = set()
    waiting = [package]
    while waiting:
        name = waiting.pop()
        spec = None if name in found else find_spec(name)
        if spec is None or spec.origin is None:
            continue
        found.add(name)
        tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
        waiting += [each for each in _imported(tree) if each.split(".")[0] == package]
    return found


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a module imports when it is imported itself, and names that may be modules."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if _is_module(node.module, alias.name))


def _is_module(package: str, name: str) -> bool:
    try:
        return find_spec(f"{package}.{name}") is not None
    except ModuleNotFoundError:
        return False
