"""Checks of the requests that send: determinism, form, and no other effect."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from urllib.parse import unquote

import pytest

from smsway.model import Batch, Kind, Outcome, Request, Stamp, Status, UnexpectedResponse
from smsway.provider import Exchange, Provider
from smsway.testing._cast import (
    CODE,
    batch_of,
    content_of,
    countries_served,
    example_phone,
    frozen_stamp,
    home,
    phones,
    some,
)
from smsway.testing._checks._declared import Declared, check_sound
from smsway.testing._stage import Stage, requests_of

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class SendingChecks(Declared):
    """What holds for the requests of `submit`."""

    def test_submitting_is_a_generator_that_ends_with_outcomes(self) -> None:
        """`submit` yields requests, is sent responses and returns the outcomes; it does nothing before it is asked.

        If it fails: write `response = yield request` in `submit`, and `return` the outcomes.
        """
        exchange = self.subject.provider().submit(some(self.subject), frozen_stamp())

        assert inspect.isgenerator(exchange), f"submit returns a {type(exchange).__name__}, not a generator"
        assert inspect.getgeneratorstate(exchange) == inspect.GEN_CREATED
        assert isinstance(next(exchange), Request)
        exchange.close()

    def test_the_same_batch_and_stamp_make_the_same_bytes(self) -> None:
        """A request depends on the batch, the stamp and the settings only, whoever makes it and however often.

        If it fails: look for a clock, a random number, a counter, or a set that is written in its order.
        """
        batch, provider = some(self.subject), self.subject.provider()

        first, again, anew = (
            self._sent_requests(batch, frozen_stamp(), each) for each in (provider, provider, self.subject.provider())
        )

        assert first == again, "the same provider makes other bytes the second time"
        assert first == anew, "another instance of the provider makes other bytes"

    def test_another_stamp_makes_other_bytes_if_answers_echo_it(self) -> None:
        """Where answers echo our reference, each attempt has one of its own.

        If it fails: write `stamp.reference`, or `stamp.references(len(batch))`, into the request.
        """
        self.need(self.subject.capabilities.echo, "its answers echo nothing")
        batch, provider = some(self.subject), self.subject.provider()

        one, other = (self._sent_requests(batch, frozen_stamp(nonce), provider) for nonce in (1, 2))

        assert one[-1].body != other[-1].body, "two attempts with different stamps make the same request"

    def test_two_exchanges_of_one_provider_do_not_mix(self) -> None:
        """A provider holds no state of an exchange: two can be under way at once, and end in any order.

        If it fails: look for an attribute that `submit` writes.
        """
        provider, stage = self.subject.provider(), self.stage()
        one, other = (self._single(index) for index in (0, 1))
        first, second = provider.submit(one, frozen_stamp(1)), provider.submit(other, frozen_stamp(2))
        request_one, request_other = next(first), next(second)

        try:
            outcomes_other = stage.play(_resumed(second, request_other))
            outcomes_one = stage.play(_resumed(first, request_one))
        except UnexpectedResponse as error:
            pytest.fail(f"two exchanges under way at once mix: {error}")

        check_sound(one, outcomes_one, stage.taken)
        check_sound(other, outcomes_other, stage.taken)
        assert [each.status for each in (*outcomes_one, *outcomes_other)] == [Status.ACCEPTED] * 2

    def test_a_batch_is_not_changed(self) -> None:
        """The engine uses the batch again when recipients move on.

        If it fails: look for a list or a parcel that is written to.
        """
        batch, stage = some(self.subject), self.stage()
        before = copy.deepcopy(batch)

        stage.send(batch)

        assert batch == before, "submit has changed its batch"

    def test_an_exchange_can_be_given_up_at_every_request(self) -> None:
        """The engine closes an exchange whose time is up; that must neither raise nor yield another request.

        If it fails: look for `except BaseException`, or for a `yield` in a `finally`.
        """
        stage, batch = self.stage(), some(self.subject)
        stage.send(batch)

        for given in range(len(stage.steps)):
            exchange = self.subject.provider().submit(batch, frozen_stamp())
            next(exchange)
            for step in stage.steps[:given]:
                exchange.send(step.response)
            try:
                exchange.close()
            except Exception as error:  # noqa: BLE001  # what it is, is the finding
                pytest.fail(f"an exchange that is given up does not end: {error}")

    def test_requests_are_well_formed(self) -> None:
        """A request has an absolute URL, a known method, headers of plain text, and a body of bytes with its type.

        If it fails: the message names the request and what is wrong with it.
        """
        for request in self._sent_requests(some(self.subject)):
            assert request.method in _METHODS, f"method {request.method!r}; use one of {sorted(_METHODS)}"
            assert isinstance(request.body, bytes), f"the body is a {type(request.body).__name__}, not bytes"
            for name, value in request.headers.items():
                text = isinstance(name, str) and isinstance(value, str)
                if not text or not f"{name}{value}".isprintable() or not f"{name}{value}".isascii():
                    pytest.fail(f"header {name!r} is not a line of printable ASCII")
            if request.body and "content-type" not in {name.lower() for name in request.headers}:
                pytest.fail("a request with a body has no Content-Type")

    def test_requests_go_where_the_settings_say(self) -> None:
        """`base_url` decides where every request goes, so that the sandbox, a gateway or a region can take it.

        If it fails: build the URL from `config.base_url`.
        """
        base = "http://127.0.0.1:8089/gateway"
        provider = self.subject.provider(self.subject.config.model_copy(update={"base_url": base}))
        stage, batch = self.stage(), some(self.subject)
        stage.send(batch)

        for request in requests_of(provider.submit(batch, frozen_stamp()), [step.response for step in stage.steps]):
            if not request.url.startswith(base):
                pytest.fail("a request goes elsewhere than base_url says")

    def test_urls_hold_no_secret_no_phone_and_no_content(self) -> None:
        """A URL is logged by everything that it passes; what is private goes into the body or a header.

        If it fails: move it there. If the vendor wants a secret in the URL, use another way of authentication.
        """
        batch = some(self.subject)

        for request in self._sent_requests(batch):
            shown = unquote(request.url)
            private = {"a secret": self.subject.secrets, "the content": (CODE,)}
            private["a phone"] = tuple(parcel.phone.national for parcel in batch.parcels)
            for what, values in private.items():
                if any(value in shown for value in values):
                    pytest.fail(f"{what} stands in the URL of a request")

    def test_only_requests_that_cannot_send_say_so(self) -> None:
        """`Request(sends=False)` promises that nobody is texted whatever becomes of it: the engine may try it again.

        If it fails: leave `sends` as it is, True, for every request that names a recipient.
        """
        batch = some(self.subject)
        requests = self._sent_requests(batch)

        assert any(request.sends for request in requests), "no request says that it sends"
        for request in requests:
            named = any(parcel.phone.national.encode() in request.body for parcel in batch.parcels)
            if named and not request.sends:
                pytest.fail("a request that names recipients says that it cannot send")

    def test_every_kind_of_message_can_be_sent(self) -> None:
        """A provider takes messages of each kind; what a vendor does not tell apart it ignores.

        If it fails: look for a table of kinds that has not all of them.
        """
        for kind in Kind:
            stage = self.stage()
            batch = Batch(some(self.subject, 1).parcels, kind)

            try:
                (outcome,) = stage.send(batch)
            except Exception as error:  # noqa: BLE001  # what it is, is the finding
                pytest.fail(f"kind {kind!s} makes submit raise {type(error).__name__}")

            assert outcome.status is Status.ACCEPTED, f"kind {kind!s} is not accepted"

    def test_options_left_at_their_defaults_change_nothing(self) -> None:
        """The provider's own options are optional: a parcel has none, or the model with its defaults.

        If it fails: treat `parcel.options is None` like the defaults.
        """
        self.need(self.subject.spec.options, "it has no options")
        assert self.subject.spec.options is not None
        batch = some(self.subject)
        plain = self._sent_requests(batch)
        for parcel in batch.parcels:
            parcel.options = self.subject.spec.options()

        assert self._sent_requests(batch) == plain, "options with their defaults make another request than none"

    def test_every_phone_that_the_capabilities_claim_arrives_as_it_is(self) -> None:
        """A mobile number of each country that is served reaches the vendor as the same number.

        If it fails: the message names the countries; look at how the phone is split or written for the vendor.
        """
        lost = []
        for country in countries_served(self.subject.capabilities):
            phone = example_phone(country)
            assert phone is not None
            stage = self.stage()
            try:
                (outcome,) = stage.send(batch_of(self.subject, [phone]))
            except UnexpectedResponse:
                lost.append(country)
                continue
            if stage.taken != [phone] or outcome.status is not Status.ACCEPTED:
                lost.append(country)

        assert not lost, f"phones of {', '.join(lost[:20])} do not reach the vendor as they are"

    def test_a_full_batch_is_taken_whole_and_in_order(self) -> None:
        """`max_batch` recipients fit into one request, each of them is texted once, and the outcomes are in order.

        If it fails: compare `Capabilities.max_batch` with the vendor's documented limit.
        """
        for country in self._groups():
            most = self.subject.capabilities.max_batch
            batch = batch_of(self.subject, phones(country, most))
            stage = self.stage(balance=10 * most)

            outcomes = stage.send(batch)

            check_sound(batch, outcomes, stage.taken)
            accepted = sum(outcome.status is Status.ACCEPTED for outcome in outcomes)
            if accepted < most:
                pytest.fail(f"of a full batch of {most} ({country}) {accepted} were accepted; lower max_batch")
            assert sorted(stage.taken) == sorted(parcel.phone for parcel in batch.parcels)

    def test_a_batch_of_every_small_size_is_taken(self) -> None:
        """One, two and three recipients go as well as many: some vendors have a call of their own for one.

        If it fails: look at the call for a single recipient, and at lists with one member.
        """
        for country in self._groups():
            for count in range(1, min(3, self.subject.capabilities.max_batch) + 1):
                batch, stage = batch_of(self.subject, phones(country, count)), self.stage()

                outcomes = stage.send(batch)

                check_sound(batch, outcomes, stage.taken)
                assert [each.status for each in outcomes] == [Status.ACCEPTED] * count, f"{count} to {country}"

    def test_an_accepted_text_has_the_message_id_that_reports_will_name(self) -> None:
        """The vendor's id of a text leads to its delivery report.

        If it fails: pass `message_id` to `accepted`.
        """
        stage = self.stage()

        outcomes = stage.send(some(self.subject))

        given = [each.message_id for each in stage.submissions]
        kept = [outcome.provider_message_id for outcome in outcomes]
        assert kept == given, "the message ids of accepted texts are not those that the vendor gave"

    def _groups(self) -> list[str]:
        """Return a country of each kind that does not share requests with the others."""
        capabilities = self.subject.capabilities
        return list(dict.fromkeys(home(capabilities, apart=apart) for apart in (True, False)))

    def _single(self, index: int) -> Batch:
        recipient = phones(home(self.subject.capabilities), 2)[index]
        return batch_of(self.subject, [recipient], [content_of(self.subject)])

    def _sent_requests(
        self, batch: Batch, stamp: Stamp | None = None, provider: Provider | None = None
    ) -> list[Request]:
        """Return all requests of submitting *batch*, or the first one if nobody can answer it."""
        exchange = (provider or self.subject.provider()).submit(batch, stamp or frozen_stamp())
        if self.subject.spec.sandbox is None:
            request = next(exchange)
            exchange.close()
            return [request]
        stage = Stage(self.subject)
        stage.play(exchange)
        return [step.request for step in stage.steps]


def _resumed(exchange: Exchange[Sequence[Outcome]], request: Request) -> Exchange[Sequence[Outcome]]:
    """Go on with an exchange that has yielded *request* already."""
    while True:
        response = yield request
        try:
            request = exchange.send(response)
        except StopIteration as stop:
            outcomes: Sequence[Outcome] = stop.value
            return outcomes
