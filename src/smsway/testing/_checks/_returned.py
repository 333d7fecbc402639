"""What reports and messages from phones say, however they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from smsway.model import (
    Callback,
    Delivery,
    Inbound,
    MalformedCallback,
    Reason,
    Report,
    Response,
)
from smsway.testing._calls import prepared
from smsway.testing._cast import NOW, some
from smsway.testing._checks._declared import Declared
from smsway.testing._garbage import (
    Path,
    at,
    changed_at,
    json_of,
    paths,
    told,
)
from smsway.testing._stage import Stage

SAID = 'STOP 退订 é & "x"'
_DAY = 86_400.0


class Returned(Declared):
    """How reports and messages come about, and what they must say."""

    def _has(self, facet: type[Any], what: str) -> None:
        self.need(self.subject.has(facet), what)

    def _phone(self) -> str:
        return str(some(self.subject, 1).parcels[0].phone)

    def _reported(self) -> Stage:
        self.stage()
        stage = prepared(self.subject)
        stage.book.settle()
        return stage

    def _failed(self) -> Stage:
        from smsway.sandbox._orders import DeliveryFailure  # noqa: PLC0415  # beside its only use

        stage = self.stage()
        stage.plan.fail(DeliveryFailure(reason=Reason.UNREACHABLE_RECIPIENT))
        stage.send(some(self.subject, 1))
        stage.book.settle()
        return stage

    def _read(self, callback: Callback) -> list[Any]:
        try:
            return list(self.subject.provider().read_callback(callback))  # type: ignore[attr-defined]
        except MalformedCallback as error:
            pytest.fail(f"what the vendor posts is refused as malformed: {error}")

    def _check_reports(self, stage: Stage, reports: Sequence[Report], *, by_reference: bool = False) -> None:
        known = {each.phone: each for each in stage.submissions}
        for report in reports:
            assert isinstance(report, Report), f"a {type(report).__name__} is no Report"
            if report.recipient not in known:
                pytest.fail("a report names a phone that was not texted; write it in E.164")
            text = known[report.recipient]
            named = by_reference and text.reference is not None and report.reference == text.reference
            if not (named and report.provider_message_id is None):
                assert report.provider_message_id == text.message_id, "a report has not the message id of its text"
            assert report.delivery is Delivery.DELIVERED, f"a delivered text is reported as {report.delivery!s}"
            assert report.reason is None, "a delivered text has a reason"
            assert report.raw, "a report has lost the vendor's record; keep it in raw"
            if report.at is not None and abs(report.at - NOW) > _DAY:
                pytest.fail("the time of a report is not in seconds since the epoch (UTC)")

    def _check_message(self, message: Inbound, phone: str) -> None:
        assert isinstance(message, Inbound), f"a {type(message).__name__} is no Inbound"
        assert message.text == SAID, "the text of a message from a phone does not arrive as it was sent"
        if message.sender != phone:
            pytest.fail("the sender of a message from a phone is not in E.164")
        if message.at is not None and abs(message.at - NOW) > _DAY:
            pytest.fail("the time of a message is not in seconds since the epoch (UTC)")


def list_in(value: Any) -> Path | None:
    """Return the path of the first list in a JSON value that has members."""
    return next((path for path in paths(value) if isinstance(at(value, path), list) and at(value, path)), None)


def beside_no_record(response: Response) -> Response:
    """Return *response* with one more record in its first list, which is none."""
    value = json_of(response)
    listed = list_in(value)
    assert listed is not None
    return told(response, changed_at(value, listed, [*at(value, listed), {"no": "record"}]))
