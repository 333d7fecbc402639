"""Acme's codes and what each proves (https://api.acme.example/docs#codes)."""

from smsway.provider import Reason

OK = 0

CODES: dict[str, Reason | None] = {
    "0": None,
    # "The gateway timed out behind us": it may have been sent.
    "10": Reason.AMBIGUOUS,
    "11": Reason.INVALID_RECIPIENT,
    "12": Reason.BLOCKED_RECIPIENT,
    "13": Reason.RECIPIENT_RATE_LIMITED,
    "14": Reason.UNSUPPORTED_DESTINATION,
    "15": Reason.INVALID_CONTENT,
    "16": Reason.TEMPLATE_REFUSED,
    "17": Reason.SIGNATURE_REFUSED,
    "18": Reason.INSUFFICIENT_BALANCE,
    "21": Reason.RATE_LIMITED,
    "31": Reason.AUTHENTICATION,
    "32": Reason.INVALID_REQUEST,
}


def reason_of(code: int) -> Reason:
    """Return what a refusal with *code* proves; nobody knows that of a code that is not in the table."""
    return CODES.get(str(code)) or Reason.AMBIGUOUS
