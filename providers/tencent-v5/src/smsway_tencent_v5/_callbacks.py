"""What the vendor posts: status reports as a list, a reply as an object, both to one address."""

from __future__ import annotations

from datetime import tzinfo

from pydantic import TypeAdapter

from smsway.provider import (
    Callback,
    CallbackAnswer,
    Delivery,
    Inbound,
    MalformedCallback,
    Report,
    decode_json,
    reading,
)
from smsway_tencent_v5._records import inbound_of, readable, report_of

_POSTED: TypeAdapter[object] = TypeAdapter(object)

# cloud.tencent.com/document/product/382/5814, 5816, 5815 and 6532.
_VOICE = ("voicecode_callback", "voiceprompt_callback", "voicekey_callback", "voice_failure_callback")


def read_callback(callback: Callback, zone: tzinfo) -> list[Report] | list[Inbound]:
    """Read what was posted; *zone* is that of the times in status reports. Raises `MalformedCallback`.

    A bad record hides none of the others: the vendor would post the same list twice more, and then never again
    (cloud.tencent.com/document/api/382/59178).
    """
    # In a function of its own, so that a traceback that shows the locals of this one shows nothing of the callback.
    with reading(callback):
        return _read(callback, zone)


def _read(callback: Callback, zone: tzinfo) -> list[Report] | list[Inbound]:
    posted = decode_json(callback, _POSTED)
    if isinstance(posted, list):
        return _statuses(posted, zone)
    return [_reply(posted)]


def _statuses(posted: list[object], zone: tzinfo) -> list[Report]:
    reports = [report_of(record, zone) for record in posted]
    if reports and all(report.delivery is Delivery.UNKNOWN for report in reports):
        raise MalformedCallback("a list in which no record says what became of which phone's text")
    return reports


def _reply(posted: object) -> Inbound:
    if not isinstance(posted, dict):
        raise MalformedCallback("neither a list of status reports nor a reply")
    voice = next((kind for kind in _VOICE if kind in posted), None)
    if voice is not None:
        raise MalformedCallback(
            f"a {voice} is of the voice calls, which smsway does not make; register another address"
        )
    if "text" not in posted:
        raise MalformedCallback("an object that is no reply; status reports come as a list")
    message = inbound_of(posted)
    if not message.sender or readable(posted, "text") is None:
        raise MalformedCallback("a reply that does not say who wrote what")
    return message


def answer_callback(*, taken: bool) -> CallbackAnswer:
    """Return the documented receipt, or an answer that says no in its HTTP status and its `result`."""
    if taken:
        return CallbackAnswer(b'{"result":0,"errmsg":"OK"}')
    return CallbackAnswer(b'{"result":1,"errmsg":"not taken, post it again"}', 503)
