"""Why a recipient was not accepted, in words that no vendor owns."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The neutral cause of an outcome; the vendor's own code is kept beside it.

    What the engine does after a refusal for each of them is the table `smsway.delivery.AFTER_REFUSAL`.
    """

    # About the recipient.
    INVALID_RECIPIENT = "invalid_recipient"
    """The number does not exist or is not one that can be texted."""
    BLOCKED_RECIPIENT = "blocked_recipient"
    """The recipient opted out, or is on a blocklist."""
    RECIPIENT_RATE_LIMITED = "recipient_rate_limited"
    """This number has had too many texts lately."""
    UNSUPPORTED_DESTINATION = "unsupported_destination"
    """The account does not serve this country or kind of number."""

    # About what is said.
    INVALID_CONTENT = "invalid_content"
    """Forbidden words, a forbidden link, or text or a parameter that is too long."""
    QUIET_HOURS = "quiet_hours"
    """Marketing may not be sent at this hour."""
    TEMPLATE_REFUSED = "template_refused"
    """The template is unknown to the account, unapproved, or its parameters do not fit."""
    SIGNATURE_REFUSED = "signature_refused"
    """The signature or sender id is unknown to the account or unapproved."""

    # About the account.
    AUTHENTICATION = "authentication"
    """The key or the signature of the request was not accepted."""
    PERMISSION = "permission"
    """The key is good but may not do this: address allowlist, disabled application, kind of account."""
    CONFIGURATION = "configuration"
    """An application or project id that does not exist or does not belong to the key."""
    INSUFFICIENT_BALANCE = "insufficient_balance"
    """No money or no package left, or suspended for arrears."""
    QUOTA_EXCEEDED = "quota_exceeded"
    """A daily or regional cap of the account is reached."""
    RATE_LIMITED = "rate_limited"
    """Too many requests per second."""
    CLOCK_SKEW = "clock_skew"
    """The time in the request differs too much from the provider's clock."""

    # About the request or the provider.
    INVALID_REQUEST = "invalid_request"
    """The request was malformed or not supported; another provider speaks another language."""
    INVALID_BATCH = "invalid_batch"
    """The recipients may not share a request in this way."""
    NOT_APPLICABLE = "not_applicable"
    """A code that the vendor lists for other calls than sending; nothing was sent."""
    PROVIDER_FAILURE = "provider_failure"
    """The provider failed, and says or proves that it sent nothing."""
    OTHER = "other"
    """The provider refused for a cause that it does not name or that is not known here."""

    # After it was sent, in delivery reports.
    UNREACHABLE_RECIPIENT = "unreachable_recipient"
    """The phone was off, out of coverage, full or suspended until the text expired."""
    CARRIER_FAILURE = "carrier_failure"
    """The carrier failed, or gave no cause that is known here."""

    # It may have been sent.
    AMBIGUOUS = "ambiguous"
    """The provider answered with a code that does not say whether it sent."""
    NO_ANSWER = "no_answer"
    """The request went out and no whole answer came back."""
    UNEXPECTED_RESPONSE = "unexpected_response"
    """The answer is not one that the vendor documents."""
    MISSING_RESULT = "missing_result"
    """The answer does not speak of this recipient, or contradicts itself about it."""

    # Decided here, before anything was sent.
    NO_ROUTE = "no_route"
    """No route matches, or none of its accounts can carry this message."""
    UNREACHABLE = "unreachable"
    """No connection to the provider could be made."""
    NO_TRACE = "no_trace"
    """The provider, asked again and again, has no record of the text, and records every text that it takes."""
    CIRCUIT_OPEN = "circuit_open"
    """Every account that could carry it is resting after failures."""
    DEADLINE = "deadline"
    """The time allowed ran out before the message was sent."""
    STOPPED = "stopped"
    """The caller stopped or cancelled the delivery before this was sent."""
    SCREENED = "screened"
    """A screening plugin refused, or failed."""
    INVALID_MESSAGE = "invalid_message"
    """The message itself is not valid (`send` raises `InvalidMessage` instead)."""
    INTERNAL = "internal"
    """An error inside smsway or a plugin before anything was sent."""
