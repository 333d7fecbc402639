"""The provider: what it can do, and how it sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from smsway.provider import Balance, Batch, Capabilities, Exchange, Outcome, SegmentRule, Sharing, Stamp
from smsway_tencent_sms import _statistics
from smsway_tencent_sms._config import TencentSmsConfig
from smsway_tencent_sms._wire import decode_send, encode_send
from smsway_tencentcloud import CALL_RATES as SHARED_RATES
from smsway_tencentcloud import GLOBAL, GLOBAL_RECEIPTS, MAINLAND, MAINLAND_RECEIPTS, Api, Facets, Scope

CAPABILITIES = Capabilities(
    max_batch=200,
    sharing=Sharing.SAME,
    template=True,
    # "All numbers of the mainland, or all of elsewhere", or the request is refused with
    # UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber.
    apart=frozenset({"CN"}),
    # SignName is required for texts to the mainland.
    needs_signature=frozenset({"CN"}),
    echo=True,
    rate=3000,
    # The signature counts everywhere. To the mainland every character is one of 70, or of 67 to the part; abroad
    # English has 160 or 153. Sources: tencentcloud.com/document/product/382/18052 and 34671.
    segments=MappingProxyType({"CN": SegmentRule(gsm=None, signature="【{}】"), "*": SegmentRule(signature="[{}]")}),
)
"""Abilities and limits of `SendSms`, cloud.tencent.com/document/api/382/55981."""

CALL_RATES: Mapping[str, float] = MappingProxyType({**SHARED_RATES, "get_balance": 10})
"""Requests per second of the other actions, cloud.tencent.com/document/api/382/52077."""

SOURCES = (
    "https://cloud.tencent.com/document/api/382/55981",
    "https://cloud.tencent.com/document/api/382/52077",
    "https://cloud.tencent.com/document/product/382/38780",
    "tencentcloud-sdk-python-sms 3.1.153",
)
"""Where the wire facts of sending come from."""

SCOPE = Scope(
    internationals=(MAINLAND, GLOBAL),
    # What both have, they have with the same meaning.
    receipts=MappingProxyType({**GLOBAL_RECEIPTS, **MAINLAND_RECEIPTS}),
)
"""Texts to the mainland and abroad, as each draft says."""


class TencentSms(Facets):
    """Speaks TencentCloud API 3.0 for one account."""

    __slots__ = ()

    def __init__(self, config: TencentSmsConfig) -> None:
        super().__init__(Api(config, SCOPE))

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* in one `SendSms` request.

        Raises `UnexpectedResponse` for an answer that is not one to this request.
        """
        response = yield encode_send(self.api, batch, stamp)
        return decode_send(batch, stamp, response)

    def get_balance(self, stamp: Stamp) -> Exchange[Balance]:
        """Add up the texts left in all packages that are not past, with `SmsPackagesStatistics`."""
        return _statistics.get_balance(self.api, stamp)
