"""Checks with answers that are none: at every step of every exchange they are refused, and prove nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from smsway.model import Batch, CallFailed, InvalidCall, Reason, Response, SmswayError, Status, UnexpectedResponse
from smsway.testing._cast import some
from smsway.testing._checks._declared import Declared, check_sound
from smsway.testing._garbage import NOT_AN_ANSWER, OTHER_JSON, cut, json_of, lacking, retyped, twice_named
from smsway.testing._sent import Sent
from smsway.testing._stage import replay

Named = tuple[object, Response]

_CANARY = "8613900112233"
_CHANGES = ("add_", "modify_")
_MAYBE_EMPTY = frozenset({"{}", "[]", "[{}]", "[null]"})
"""What may be how a vendor says that there is nothing."""


class ManglingChecks(Declared):
    """What holds whatever comes back."""

    def test_what_is_no_answer_is_refused_at_every_step_of_a_send(self) -> None:
        """A web page, an empty body or rubbish is `UnexpectedResponse`, whatever its status: it may have been sent.

        If it fails: decode inside `with decoding(response):`, and never take status 200 for success.
        """
        self._send_with(
            lambda good: [(name, bad) for name, bad in NOT_AN_ANSWER.items() if bad.body != good.body], proven=False
        )

    def test_json_of_another_shape_is_refused_at_every_step_of_a_send(self) -> None:
        """`null`, `[]`, `{}`, a number or a word accepts and rejects nobody.

        If it fails: validate the whole shape with `decode_json`, and require the member that says success.
        """
        self._send_with(lambda _: OTHER_JSON.items(), proven=False)

    def test_an_answer_that_is_cut_off_anywhere_accepts_nobody_falsely(self) -> None:
        """A connection may end in the middle of an answer.

        If it fails: parse the whole body as one document; do not search it for words.
        """
        self._send_with(lambda good: [("cut off", each) for each in cut(good)])

    def test_an_answer_that_lacks_any_member_accepts_nobody_falsely(self) -> None:
        """Without its code, its recipient or its list, an answer proves less, never more.

        If it fails: look for a default such as `get("code", 0)` that reads what is missing as success.
        """
        self._send_with(lacking)

    def test_an_answer_with_a_member_of_another_type_accepts_nobody_falsely(self) -> None:
        """A code that is `true`, a list that is a text: none of them may read as success, or break the decoder.

        If it fails: validate strictly, so that `true` is not 1 and "" is not 0.
        """
        self._send_with(retyped)

    def test_an_answer_that_names_a_member_twice_is_refused(self) -> None:
        """Two values for one name are garbage, of which most parsers silently keep the last.

        If it fails: read the answer with `decode_json`.
        """
        self._send_with(twice_named, proven=False)

    def test_success_of_http_is_no_success_of_the_text(self) -> None:
        """A refusal in a body with status 200 stays one.

        If it fails: look for `response.status == 200`, which says nothing of recipients.
        """
        batch, stage = some(self.subject, 1), self.stage()
        stage.refuse(Reason.BLOCKED_RECIPIENT)

        try:
            (outcome,) = stage.send(batch, twist=lambda response: replace(response, status=200))
        except UnexpectedResponse:
            return

        if outcome.status is Status.ACCEPTED:
            pytest.fail("a refusal with HTTP status 200 is taken for success")

    def test_errors_quote_nothing_of_the_answer(self) -> None:
        """An answer may repeat phones and codes, and errors are logged.

        If it fails: leave the text to `decoding`, and raise nothing with a piece of the answer in it.
        """
        batch = some(self.subject)
        for body in (_CANARY, f'{{"{_CANARY}": "{_CANARY}"}}', f'["{_CANARY}"]', f"<p>{_CANARY}</p>"):
            stage = self.stage()
            try:
                stage.send(batch, twist=_always(Response(200, body.encode())))
            except UnexpectedResponse as error:
                if _CANARY in _everything_said(error):
                    pytest.fail("an error quotes the answer")

    def test_details_of_refusals_are_cleaned(self) -> None:
        """A vendor's own words may hold the phone; `Outcome.detail` never does.

        If it fails: make outcomes with `rejected` and `unknown`, which clean the text.
        """
        batch = some(self.subject, 1)
        national = batch.parcels[0].phone.national
        for step in self._refusing(batch):
            body = re.sub(rb'"([a-zA-Z][^"]{3,40} [^"]{2,60})"', rf'"no text to {national} today"'.encode(), step.body)
            stage = self.stage()
            try:
                outcomes = stage.send(batch, twist=_always(replace(step, body=body)))
            except UnexpectedResponse:
                continue
            if any(outcome.detail and national in outcome.detail for outcome in outcomes):
                pytest.fail("the detail of an outcome holds the phone")

    def _refusing(self, batch: Batch) -> Iterator[Response]:
        for reason in (Reason.INVALID_RECIPIENT, Reason.BLOCKED_RECIPIENT, Reason.TEMPLATE_REFUSED):
            stage = self.stage()
            stage.refuse(reason)
            stage.send(batch)
            yield stage.steps[-1].response

    def test_what_is_no_answer_is_refused_at_every_step_of_every_call(self) -> None:
        """The same beside sending: a page instead of reports is no empty queue.

        If it fails: decode inside `with decoding(response):`.
        """
        self._call_with(
            lambda good: [each for each in NOT_AN_ANSWER.items() if each[1].body != good.body], refused=True
        )

    def test_json_of_another_shape_breaks_no_call(self) -> None:
        """It is `UnexpectedResponse`, or a refusal, and nothing else is raised.

        If it fails: validate the whole shape with `decode_json`.
        """
        self._call_with(lambda _: [each for each in OTHER_JSON.items() if each[0] not in _MAYBE_EMPTY], refused=True)
        self._call_with(lambda _: [each for each in OTHER_JSON.items() if each[0] in _MAYBE_EMPTY])

    def test_an_answer_that_lacks_any_member_breaks_no_call(self) -> None:
        """A record that lacks something is kept with what it has, or the answer is refused.

        If it fails: look for an index or an attribute outside of `decoding`.
        """
        self._call_with(lacking)

    def test_an_answer_with_a_member_of_another_type_breaks_no_call(self) -> None:
        """The same for members of another type.

        If it fails: as above.
        """
        self._call_with(retyped)

    def test_an_answer_that_is_cut_off_anywhere_breaks_no_call(self) -> None:
        """A part of an answer never passes for the whole.

        If it fails: parse the whole body as one document.
        """
        self._call_with(lambda good: [("cut off", each) for each in cut(good)], refused=True, only_json=True)

    def test_recorded_answers_mean_what_was_recorded(self) -> None:
        """Each sample, replayed, comes to the outcomes that stand beside it.

        If it fails: the message names the sample.
        """
        self.need(self.samples, "no samples were declared")
        for sample in self.samples:
            try:
                result = replay(sample.begin(self.subject.provider()), sample.responses)
            except SmswayError as error:
                pytest.fail(f"sample {sample.name!r} is refused: {error}")
            if sample.batch is not None:
                assert list(sample.statuses) == [str(each.status) for each in result], f"sample {sample.name!r}"
                if sample.codes is not None:
                    assert list(sample.codes) == [each.code for each in result], f"sample {sample.name!r}"

    def _send_with(self, mangle: Callable[[Response], Iterable[Named]], *, proven: bool = True) -> None:
        """Submit with each answer mangled at each step in turn; unless *proven*, nobody's outcome may be certain."""
        for sent in self.sends():
            for place, good in enumerate(sent.answers):
                for name, bad in mangle(good):
                    self._send_mangled(sent, place, bad, _place(name), proven=proven)

    def _send_mangled(self, sent: Sent, place: int, bad: Response, name: str, *, proven: bool) -> None:
        exchange = sent.exchange(self.subject)
        try:
            asked = next(exchange)
            for good in sent.answers[:place]:
                asked = exchange.send(good)
            request = exchange.send(bad)
        except StopIteration as stop:
            check_sound(sent.batch, stop.value, sent.taken, sent.doubtful, after=name)
            certain = {str(each.status) for each in stop.value if each.status is not Status.UNKNOWN}
            if certain and not proven:
                pytest.fail(f"{name} is believed: it makes recipients {' and '.join(sorted(certain))}")
        except UnexpectedResponse:
            return
        except Exception as error:  # noqa: BLE001  # what it is, is the finding
            pytest.fail(f"{name}: {type(error).__name__} leaves submit; only UnexpectedResponse may")
        else:
            # A batch may take several requests that send, and one for a token before them.
            if asked.sends and request.sends and (request == asked or not proven):
                pytest.fail(f"after {name} the provider sends again")
        finally:
            exchange.close()

    def _call_with(
        self, mangle: Callable[[Response], Iterable[Named]], *, refused: bool = False, only_json: bool = False
    ) -> None:
        """Carry every call out with each answer mangled at each step in turn; *refused* if it must not return."""
        for scene in self.scenes():
            for place, good in enumerate(scene.answers):
                if only_json and json_of(good) is None:
                    continue
                # What was changed stays changed if a look at it afterwards fails.
                must = refused and not (place and scene.name.startswith(_CHANGES))
                for name, bad in mangle(good):
                    exchange = scene.exchange(self.subject.provider())
                    try:
                        next(exchange)
                        for each in scene.answers[:place]:
                            exchange.send(each)
                        exchange.send(bad)
                    except StopIteration:
                        if must:
                            pytest.fail(f"{scene.name} takes {_place(name)} for an answer")
                    except (UnexpectedResponse, CallFailed, InvalidCall):
                        continue
                    except Exception as error:  # noqa: BLE001  # what it is, is the finding
                        pytest.fail(f"{_place(name)}: {type(error).__name__} leaves {scene.name}")
                    finally:
                        exchange.close()


def _place(name: object) -> str:
    return name if isinstance(name, str) else f"an answer mangled at {'.'.join(map(str, name))}"  # type: ignore[call-overload]


def _always(answer: Response) -> Callable[[Response], Response]:
    return lambda _response: answer


def _everything_said(error: BaseException) -> str:
    said, each = [], error
    while each is not None:
        said.append(f"{each!s} {each!r} {getattr(each, '__notes__', '')}")
        each = each.__cause__ or each.__context__  # type: ignore[assignment]
    return " ".join(said)
