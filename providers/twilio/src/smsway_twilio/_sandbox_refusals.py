"""Twilio as the sandbox plays it, its refusals: the envelope, and each code with its status and words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from smsway.provider import SandboxReply

REFUSALS: Mapping[int, tuple[int, str]] = MappingProxyType(
    {
        20003: (401, "Authenticate"),
        20004: (405, "Method not allowed"),
        20005: (403, "Account not active"),
        20006: (403, "Access Denied"),
        20007: (400, "Page size too large"),
        20404: (404, "The requested resource {} was not found"),
        20422: (400, "Invalid Parameter: {}"),
        20429: (429, "Too Many Requests"),
        20500: (500, "Internal Server Error"),
        21211: (400, "The 'To' number {} is not a valid phone number."),
        21212: (400, "The 'From' number {} is not a valid phone number, shortcode, or alphanumeric sender ID."),
        21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {}"),
        21481: (400, "Invalid PageToken"),
        21602: (400, "Message body is required."),
        21603: (400, "A 'From' or 'MessagingServiceSid' parameter is required to send a message"),
        21604: (400, "A 'To' phone number is required."),
        21606: (400, "The 'From' number {} is not a valid message-capable Twilio number for this account"),
        21609: (400, "The 'StatusCallback' URL {} is not a valid URL."),
        21610: (400, "Attempt to send to unsubscribed recipient"),
        21617: (400, "The concatenated message body exceeds the 1600 character limit"),
        21618: (400, "The message body cannot be sent"),
        21619: (400, "A Message Body, Media URL or Content SID is required"),
        21624: (400, "Invalid validity period value"),
        21654: (400, "ContentSid Required"),
        21655: (400, "The ContentSid is Invalid"),
        21656: (400, "The ContentVariables Parameter is invalid"),
        21659: (400, "'From' {} is not a Twilio phone number or Short Code country mismatch"),
        21701: (400, "The Messaging Service does not exist"),
        21705: (400, "The Messaging Service is invalid"),
        63038: (429, "Account exceeded the daily messages limit"),
    }
)
"""Code -> HTTP status and words, from twilio.com/docs/api/errors.

The pages name no status; those of 20003, 20404, 20429, 21211, 21610 and 63038 are from answers that users show, the
others are assumed.
"""


class Refused(Exception):
    """Ends the judgement with a code of `REFUSALS`; *what* is named in its words."""

    def __init__(self, code: int, what: str = "") -> None:
        self.code = code
        self.what = what

    def reply(self) -> SandboxReply:
        """Return the answer that says so."""
        status, words = REFUSALS[self.code]
        told = {
            "code": self.code,
            "message": words.format(self.what),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": status,
        }
        return SandboxReply(json.dumps(told).encode(), status)
