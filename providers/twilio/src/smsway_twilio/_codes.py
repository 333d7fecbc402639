"""The codes and statuses of Twilio's messages, and what each proves.

Titles are those of the page that each code has, twilio.com/docs/api/errors/21610 and so on. A code stands in the answer
that refuses a request, where no message exists and so none is sent, or in a message that failed or did not arrive.
Codes that are about other channels than SMS are left out, for a Messaging Service may send a text after these failed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smsway.provider import Delivery, Outcome, Parcel, Reason, rejected, unknown

_TABLE: Mapping[Reason, str] = {
    Reason.AUTHENTICATION: "20003",
    Reason.PERMISSION: "10002 20006 20008 20010 20403 21219 21608 30037 70051",
    Reason.CONFIGURATION: "20004 20404",
    Reason.INSUFFICIENT_BALANCE: "10001 20005 30002 90010",
    # 20429 is documented as never processed; of 21611 no message is created.
    Reason.RATE_LIMITED: "20429 21611 30001 30022 63017 63018",
    Reason.QUOTA_EXCEEDED: "30023 30027 63038",
    Reason.TEMPLATE_REFUSED: "21654 21655 21656 92005 92006 92007",
    # Numbers, Messaging Services and names to send from, and their registration with carriers.
    Reason.SIGNATURE_REFUSED: """
        21212 21264 21267 21601 21603 21606 21607 21616 21657 21659 21660 21661 21662 21663 21668 21701 21702 21703
        21704 21705 21708 21709 21711 21910 30018 30024 30032 30033 30034 30035 30040 30041 30042 30043
    """,
    Reason.INVALID_RECIPIENT: "21211 21217 21265 21266 21614 21635 30005 30006",
    Reason.BLOCKED_RECIPIENT: "21610 30004 30450 30630",
    Reason.RECIPIENT_RATE_LIMITED: "14107 30039",
    Reason.UNSUPPORTED_DESTINATION: "21214 21268 21408 21612",
    Reason.INVALID_CONTENT: "21605 21617 21618 21658 30007 30019 30038 30044",
    Reason.INVALID_REQUEST: """
        20001 20011 20012 20413 20422 20423 21602 21604 21609 21619 21624 21626 21627 21652 21653 21664 21665 21666
        21667 21900 21901 21902 30010 30012 30013 30014 30015 30016 30028 30029 30030 30031 30045 35111 35112 35113
        35114 35115 35116 35117 35118 35119 35120 35121 35122 35123 35124 35125 35126
    """,
    # After it was handed on: no answer to a request is known to have these, and none would prove that nothing was sent.
    Reason.UNREACHABLE_RECIPIENT: "30003 30036",
    Reason.CARRIER_FAILURE: "30008 30017 30020 30021 30046 30410 30485 30610 30615 30620 30640",
    # Failures inside Twilio, after which a text that is sent again may arrive twice (docs/api/errors/20500).
    Reason.AMBIGUOUS: "20500 20503 20504 21730 30500",
}

_REASONS: Mapping[str, Reason] = MappingProxyType(
    {code: reason for reason, codes in _TABLE.items() for code in codes.split()}
)
_LATER = frozenset({Reason.UNREACHABLE_RECIPIENT, Reason.CARRIER_FAILURE})

DELIVERIES: Mapping[str, Delivery] = MappingProxyType(
    {
        **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), Delivery.ACCEPTED),
        **dict.fromkeys(("delivered", "read"), Delivery.DELIVERED),
        # Of failed and canceled nothing was sent, but `rejected` would be outweighed by the acceptance before it.
        **dict.fromkeys(("undelivered", "failed", "canceled"), Delivery.UNDELIVERED),
    }
)
"""`status` of a message to a phone (twilio.com/docs/messaging/api/message-resource), and how far it has come."""

TAKEN = frozenset({"accepted", "scheduled", "queued", "sending", "sent", "delivered"})
"""The statuses with which a message that was created is one that is sent."""
FAILED = frozenset({"failed", "canceled"})
"""Those with which it is not; its `error_code` says why. Any other status proves neither."""

CODES: Mapping[str, Reason | None] = MappingProxyType(
    {
        **dict.fromkeys(sorted(TAKEN)),
        **dict.fromkeys(sorted(FAILED), Reason.OTHER),
        **{code: Reason.AMBIGUOUS if reason in _LATER else reason for code, reason in _REASONS.items()},
    }
)
"""All documented codes as an outcome has them, and what each proves: `None` that the text was taken."""

SOURCES = (
    "https://www.twilio.com/docs/messaging/api/message-resource",
    "https://www.twilio.com/docs/usage/twilios-response",
    "https://www.twilio.com/docs/api/errors",
    "https://www.twilio.com/docs/content/using-variables-with-content-api",
    "twilio-oai 2.6.7",
    "twilio 9.13.0",
)
"""The pages and releases that the wire facts of sending come from."""


_SERVER_ERROR = 500
_TOO_MANY_REQUESTS = 429


def reason_of(code: str, status: int) -> Reason:
    """Return why a request was refused under *code* with an HTTP *status*; `ambiguous` if it may have been sent."""
    if status >= _SERVER_ERROR:
        return Reason.AMBIGUOUS
    # Whatever the code, a 429 is never processed (twilio.com/docs/api/errors/20429); that of a daily cap has its own.
    return CODES.get(code) or (Reason.RATE_LIMITED if status == _TOO_MANY_REQUESTS else Reason.AMBIGUOUS)


def refusal(parcel: Parcel, code: str, words: str | None, reason: Reason) -> Outcome:
    """Return the outcome of a *parcel* that was refused: rejected, or unknown if the *reason* is ambiguous."""
    conclude = unknown if reason is Reason.AMBIGUOUS else rejected
    return conclude(parcel, reason, code, words)


def cause(delivery: Delivery, code: str | None) -> Reason | None:
    """Return why a text did not arrive, as far as its *code* tells; `None` if it did, or nobody says."""
    if delivery is not Delivery.UNDELIVERED:
        return None
    reason = _REASONS.get(code or "", Reason.AMBIGUOUS)
    return Reason.CARRIER_FAILURE if reason is Reason.AMBIGUOUS else reason
