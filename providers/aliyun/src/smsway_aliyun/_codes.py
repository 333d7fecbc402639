"""The vendor's codes as neutral reasons, and what each of them proves.

Those of the service are on help.aliyun.com/document_detail/101346.html (copies of 2023 and 2026), those of receipts on
101347.html. The gateway's, which it answers before the service is asked, are on developer.aliyun.com/ask/278265.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smsway.provider import Reason

SUCCESS: Final = "OK"

# The pages name the cause of a code and what to do. Under flow control "the text cannot be sent"
# (help.aliyun.com/document_detail/2881383.html); the others refuse before anything is handed on.
_SERVICE: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.INVALID_RECIPIENT: "isv.MOBILE_NUMBER_ILLEGAL",
        # So many texts to this phone, through whomever. A blocklist for promotions, before 2023 a word in a param.
        Reason.RECIPIENT_RATE_LIMITED: "isv.BUSINESS_LIMIT_CONTROL",
        Reason.BLOCKED_RECIPIENT: "isv.BLACK_KEY_CONTROL_LIMIT isv.CUSTOMER_REFUSED",
        # A template for elsewhere, and a number of the mainland.
        Reason.UNSUPPORTED_DESTINATION: "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
        Reason.INVALID_BATCH: "isv.MOBILE_COUNT_OVER_LIMIT",
        Reason.TEMPLATE_REFUSED: "isv.SMS_TEMPLATE_ILLEGAL isv.TEMPLATE_MISSING_PARAMETERS",
        Reason.INVALID_CONTENT: """
            isv.TEMPLATE_PARAMS_ILLEGAL isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE
            isv.SMS_CONTENT_ILLEGAL isv.UNSUPPORTED_CONTENT isv.PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL
            """,
        Reason.SIGNATURE_REFUSED: """
            isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL SIGNATURE_BLACKLIST
            isv.SMS_SIGN_EMOJI_ILLEGAL isv.SIGN_NAME_ILLEGAL isv.SMS_SIGNATURE_SCENE_ILLEGAL
            isv.SMS_TEST_SIGN_TEMPLATE_LIMIT
            isv.EXTEND_CODE_ERROR isv.ONE_CODE_MULTIPLE_SIGN isv.CODE_EXCEED_LIMIT isv.CODE_ERROR
            """,
        Reason.INVALID_REQUEST: "isv.INVALID_PARAMETERS isv.INVALID_JSON_PARAM PARAMS_ILLEGAL",
        Reason.INSUFFICIENT_BALANCE: "isv.AMOUNT_NOT_ENOUGH isv.OUT_OF_SERVICE",
        Reason.QUOTA_EXCEEDED: "isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL",  # caps that the customer has set
        # The first one is a test template to a phone that is not bound.
        Reason.PERMISSION: """
            isv.SMS_TEST_NUMBER_LIMIT isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE isv.ACCOUNT_ABNORMAL
            isv.SECURITY_FROZEN_ACCOUNT isv.DENY_IP_RANGE isp.RAM_PERMISSION_DENY
            """,
        Reason.CONFIGURATION: "isv.ACCOUNT_NOT_EXISTS",
        # "System error, call again", and "calling the sending module failed": neither says whether it was sent.
        Reason.AMBIGUOUS: "isp.SYSTEM_ERROR isp.GATEWAY_ERROR",
        Reason.NOT_APPLICABLE: """
            isv.INTERFACE_OFFLINE isv.SIGN_COUNT_OVER_LIMIT isv.TEMPLATE_COUNT_OVER_LIMIT isv.SMS_OVER_LIMIT
            isv.SIGN_FILE_LIMIT isv.SIGN_OVER_LIMIT isv.TEMPLATE_OVER_LIMIT isv.ERROR_EMPTY_FILE
            isv.ERROR_SIGN_NOT_DELETE isv.ERROR_SIGN_NOT_MODIFY isv.ERROR_TEMPLATE_NOT_DELETE
            isv.ERROR_TEMPLATE_NOT_MODIFY template_parameter_count_illegal isv.SIGN_SOURCE_ILLEGAL
            isv.SHORTURL_OVER_LIMIT isv.NO_AVAILABLE_SHORT_URL isv.SHORTURL_NAME_ILLEGAL isv.SOURCEURL_OVER_LIMIT
            isv.SHORTURL_TIME_ILLEGAL isv.PHONENUMBERS_OVER_LIMIT isv.SHORTURL_STILL_AVAILABLE isv.SHORTURL_NOT_FOUND
            """,
    }
)

_GATEWAY: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.AUTHENTICATION: """
            SignatureDoesNotMatch IncompleteSignature InvalidSignatureMethod InvalidAccessKeyId.NotFound
            InvalidAccessKeyId.Inactive InvalidSecurityToken.Expired InvalidSecurityToken.Malformed
            InvalidSecurityToken.MismatchWithAccessKey
            """,
        Reason.CLOCK_SKEW: "InvalidTimeStamp.Expired InvalidTimeStamp.Format",
        Reason.RATE_LIMITED: "Throttling Throttling.User Throttling.Api",
        Reason.INVALID_REQUEST: """
            InvalidAction.NotFound InvalidApi.NotFound InvalidVersion UnsupportedHTTPMethod InvalidParameter.Format
            MissingPhoneNumbers MissingSignName MissingTemplateCode MissingPhoneNumberJson MissingSignNameJson
            """,
        Reason.PERMISSION: "Forbidden.RAM Forbidden.RiskControl",
        # The first request with this nonce may have been ours. The others are on another product's page
        # (help.aliyun.com/document_detail/435312.html).
        Reason.AMBIGUOUS: "SignatureNonceUsed ServiceUnavailable InternalError",
    }
)


def _listed(table: Mapping[Reason, str]) -> dict[str, Reason]:
    return {code: reason for reason, codes in table.items() for code in codes.split()}


CODES: Mapping[str, Reason | None] = MappingProxyType({SUCCESS: None, **_listed(_SERVICE), **_listed(_GATEWAY)})
"""Every code that is documented; under `Reason.AMBIGUOUS` it may have been sent, under the others nothing was."""

ABOUT_ONE_PHONE = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.CUSTOMER_REFUSED",
        "isv.SMS_TEST_NUMBER_LIMIT",
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    }
)
"""Codes about one phone; no page says what became of the other phones of the request."""

SOURCES = (
    "https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature",
    "https://help.aliyun.com/document_detail/419273.html",
    "https://help.aliyun.com/document_detail/419274.html",
    "https://help.aliyun.com/document_detail/101346.html",
    "https://developer.aliyun.com/ask/278265",
    "https://help.aliyun.com/document_detail/44335.htm",
    "alibabacloud-dysmsapi20170525 4.6.0",
    "alibabacloud-tea-openapi 0.4.6",
)
"""Where the wire facts of sending come from."""

# The gateway names a parameter in the code: `MissingTemplateName`, `InvalidPageSize`.
_PARAMETER = re.compile(r"(?:Missing|Invalid)[A-Z][A-Za-z]*")


def reason_of(code: str) -> Reason:
    """Return the reason of a *code* that is not success; one that is not documented is ambiguous."""
    reason = CODES.get(code)
    if reason is not None:
        return reason
    if code.startswith("InvalidSecurityToken."):
        return Reason.AUTHENTICATION
    return Reason.INVALID_REQUEST if _PARAMETER.fullmatch(code) else Reason.AMBIGUOUS


_COUNTED = frozenset({"isv.SIGN_COUNT_OVER_LIMIT", "isv.TEMPLATE_COUNT_OVER_LIMIT", "isv.SMS_OVER_LIMIT"})


def reason_of_call(code: str) -> Reason:
    """Return the reason of a *code* under which a call beside sending was refused."""
    if code in _COUNTED:
        return Reason.QUOTA_EXCEEDED
    reason = reason_of(code)
    return Reason.INVALID_REQUEST if reason is Reason.NOT_APPLICABLE else reason


NO_TEMPLATE: Final = "isv.SMS_TEMPLATE_ILLEGAL"
"""There is no such template; not documented for the calls that look one up, and assumed."""
NO_SIGNATURE: Final = "isv.SMS_SIGNATURE_ILLEGAL"
"""There is no such signature; likewise."""

_RECEIPTS = _listed(
    MappingProxyType(
        {
            # `MOBLLE_TERMINAL_ERROR` is so spelt. Under `REQUEST_SUCCESS` the carrier has sent no receipt.
            Reason.UNREACHABLE_RECIPIENT: """
                MOBILE_NOT_ON_SERVICE MOBILE_ACCOUNT_ABNORMAL MOBLLE_TERMINAL_ERROR SP_NOT_BY_INTER_SMS REQUEST_SUCCESS
                """,
            Reason.INVALID_RECIPIENT: "INVALID_NUMBER",
            Reason.BLOCKED_RECIPIENT: "MOBILE_IN_BLACK USER_REJECT",
            Reason.RECIPIENT_RATE_LIMITED: "MOBILE_SEND_LIMIT",
            Reason.INVALID_CONTENT: "CONTENT_KEYWORD CONTENT_ERROR",
            Reason.SIGNATURE_REFUSED: "PORT_NOT_REGISTERED",
            Reason.CARRIER_FAILURE: "IS_CLOSE NO_ROUTE SP_UNKNOWN_ERROR",
        }
    )
)
_UNTOLD = frozenset({Reason.AMBIGUOUS, Reason.NOT_APPLICABLE})


def reason_of_receipt(code: str) -> Reason:
    """Return why a text did not arrive; the codes of sending occur in receipts as well."""
    reason = _RECEIPTS.get(code) or CODES.get(code)
    return Reason.CARRIER_FAILURE if reason is None or reason in _UNTOLD else reason
