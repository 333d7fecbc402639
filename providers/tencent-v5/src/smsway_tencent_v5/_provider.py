"""The provider: what it can do, and which documented call carries a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smsway.provider import Batch, Capabilities, Exchange, Outcome, SegmentRule, Sharing, Stamp
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._wire import (
    decode_sendisms,
    decode_sendmultisms2,
    decode_sendsms,
    encode_sendisms,
    encode_sendmultisms2,
    encode_sendsms,
)

CAPABILITIES = Capabilities(
    max_batch=200,
    sharing=Sharing.SAME,
    text=True,
    template=True,
    # Mainland and other numbers in one request are refused with 1034 (cloud.tencent.com/document/product/382/3771).
    apart=frozenset({"CN"}),
    echo=True,
    # The signature counts everywhere. To the mainland every character is one of 70, or of 67 to the part; abroad
    # English has 160 or 153. Sources: tencentcloud.com/document/product/382/18052 and 34671 (seen in their editions of
    # 2024 and 2022), and the page on billing in github.com/tencentyun/qcloud-documents.
    segments=MappingProxyType({"CN": SegmentRule(gsm=None, signature="【{}】"), "*": SegmentRule(signature="[{}]")}),
)
"""What the v5 API can do. The vendor documents no number of requests per second."""


@dataclass(frozen=True, slots=True)
class TencentV5:
    """Speaks the sending calls of the v5 API for one application."""

    config: TencentV5Config

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* with `sendmultisms2`; one recipient goes with `sendsms` (+86) or `sendisms`."""
        if len(batch) > 1:
            response = yield encode_sendmultisms2(self.config, batch, stamp)
            return decode_sendmultisms2(batch, stamp, response)
        if batch.parcels[0].phone.calling_code == "86":
            response = yield encode_sendsms(self.config, batch, stamp)
            return decode_sendsms(batch, stamp, response)
        response = yield encode_sendisms(self.config, batch, stamp)
        return decode_sendisms(batch, stamp, response)
