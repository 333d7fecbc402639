"""Checks that hold for every call beside sending, whatever it asks for."""

from __future__ import annotations

import inspect

import pytest

from smsway.model import CallFailed, InvalidCall, Reason, Request, UnexpectedResponse
from smsway.provider import SandboxPusher
from smsway.testing._calls import CALLS, calls_of, prepared
from smsway.testing._cast import frozen_stamp
from smsway.testing._checks._declared import Declared
from smsway.testing._stage import MOST_REQUESTS, requests_of


class CallingChecks(Declared):
    """What holds for all facets."""

    def test_every_call_succeeds_with_the_side(self) -> None:
        """Each call that a facet promises can be made, and its side of the sandbox plays it.

        If it fails: the error names the call.
        """
        self.stage()

        assert {scene.name for scene in self.scenes()} >= set(calls_of(self.subject))

    def test_calls_are_generators_that_do_nothing_before_they_are_asked(self) -> None:
        """A call yields requests and is sent responses, like `submit`.

        If it fails: write `response = yield request`.
        """
        self.stage()
        for name in calls_of(self.subject):
            exchange = CALLS[name](prepared(self.subject))(self.subject.provider(), frozen_stamp())

            assert inspect.isgenerator(exchange), f"{name} returns a {type(exchange).__name__}, not a generator"
            assert isinstance(next(exchange), Request), f"{name} yields no Request"
            exchange.close()

    def test_the_same_call_and_stamp_make_the_same_bytes(self) -> None:
        """A pull is replayed from its stamp and answers if the process dies in the middle.

        If it fails: look for a clock, a random number or a counter.
        """
        for scene in self.scenes():
            runs = [requests_of(scene.exchange(self.subject.provider()), scene.answers) for _ in range(2)]

            assert runs[0] == runs[1], f"{scene.name} makes other bytes the second time"

    def test_requests_of_calls_go_where_the_settings_say_and_hold_no_secret_in_their_url(self) -> None:
        """The same as for sending: `base_url` decides, and a URL is logged by everything that it passes.

        If it fails: build the URL from `config.base_url`; put secrets into the body or a header.
        """
        base = "http://127.0.0.1:8089/gateway"
        provider = self.subject.provider(self.subject.config.model_copy(update={"base_url": base}))
        for scene in self.scenes():
            for request in requests_of(scene.exchange(provider), scene.answers):
                assert request.url.startswith(base), f"a request of {scene.name} goes elsewhere than base_url says"
                if any(secret in request.url for secret in self.subject.secrets):
                    pytest.fail(f"a secret stands in the URL of {scene.name}")

    def test_a_refused_call_raises_call_failed_with_the_code(self) -> None:
        """A refusal is raised with `refused`, which keeps the vendor's code and the neutral reason.

        If it fails: read the error of the answer before its content.
        """
        self.need(self.subject.secrets, "it has no secrets to be refused for")
        wrong = self.subject.provider(self.subject.with_wrong_secrets())
        for name in calls_of(self.subject):
            stage = prepared(self.subject)
            begin = CALLS[name](stage)
            stage.steps.clear()
            try:
                stage.play(begin(wrong, frozen_stamp(3)))
            except CallFailed as error:
                assert error.reason and error.code, f"{name} is refused without a reason or without the vendor's code"
            except UnexpectedResponse:
                status = stage.steps[-1].response.status
                assert status in {401, 403}, f"{name} does not understand that it is refused"
            else:
                pytest.fail(f"{name} is refused for its credentials, and returns")

    def test_a_throttled_call_is_told_as_throttled(self) -> None:
        """The engine waits and asks again.

        If it fails: map the vendor's code to `rate_limited`, or let HTTP status 429 speak for itself.
        """
        for name in calls_of(self.subject):
            stage = prepared(self.subject)
            begin = CALLS[name](stage)
            stage.book.rate = 0.001
            stage.book.admit(stage.now)
            stage.steps.clear()
            try:
                stage.play(begin(self.subject.provider(), frozen_stamp(3)))
            except CallFailed as error:
                throttled = error.reason in {Reason.RATE_LIMITED, Reason.QUOTA_EXCEEDED}
                assert throttled, f"{name}: throttling is told as {error.reason!s}"
            except UnexpectedResponse:
                assert stage.steps[-1].response.status == 429, f"{name} does not understand that it is throttled"

    def test_a_call_survives_that_no_answer_comes(self) -> None:
        """If no answer comes, the `yield` raises `CallFailed`; the exchange ends with it, or with more in its detail.

        If it fails: catch `CallFailed` to raise it again, or not at all.
        """
        lost = CallFailed(Reason.NO_ANSWER, None, "no answer came")
        for scene in self.scenes():
            for given in range(len(scene.answers)):
                exchange = scene.exchange(self.subject.provider())
                next(exchange)
                for answer in scene.answers[:given]:
                    exchange.send(answer)
                try:
                    exchange.throw(lost)
                except CallFailed as error:
                    assert "no answer came" in (error.detail or ""), f"{scene.name} drops what failed"
                except StopIteration:
                    pytest.fail(f"{scene.name} returns though no answer came: a part would look like the whole")
                except Exception as error:  # noqa: BLE001  # what it is, is the finding
                    pytest.fail(f"{scene.name} raises {type(error).__name__} when no answer comes")
                else:
                    pytest.fail(f"{scene.name} asks on though no answer came")

    def test_calls_beyond_a_limit_are_refused_before_anything_is_asked(self) -> None:
        """What the vendor would refuse is `InvalidCall`, and its text names the value and the way out.

        If it fails: check the arguments before the first `yield`.
        """
        provider = self.subject.provider()
        for what in ("reports", "inbound"):
            if not hasattr(provider, f"pull_{what}"):
                continue
            most = getattr(provider, f"most_{what}")
            assert 1 <= most <= MOST_REQUESTS * 10, f"most_{what} is {most}"
            for limit in (0, -1, most + 1):
                try:
                    next(getattr(provider, f"pull_{what}")(limit, frozen_stamp()))
                except InvalidCall as error:
                    assert str(limit) in str(error), f"the error about the limit {limit} does not name it"
                else:
                    pytest.fail(f"pull_{what} asks for {limit}, and most_{what} is {most}")
        self.need(hasattr(provider, "pull_reports") or hasattr(provider, "pull_inbound"), "it pulls nothing")

    def test_a_side_that_pushes_has_a_provider_that_takes_callbacks(self) -> None:
        """What the vendor posts can be read, and what can be read is posted by the side.

        If it fails: write both halves.
        """
        stage = self.stage()
        reads = hasattr(self.subject.provider(), "read_callback")

        assert isinstance(stage.side, SandboxPusher) == reads, "callbacks are read, or posted, by one half only"
