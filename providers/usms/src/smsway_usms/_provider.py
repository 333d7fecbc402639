"""What a USMS account can do: submit a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smsway.provider import Batch, Capabilities, Exchange, Outcome, SegmentRule, Sharing, Stamp
from smsway_usms._config import UsmsConfig
from smsway_usms._wire import decode_send, encode_send

CAPABILITIES = Capabilities(
    # docs.ucloud.cn/usms/api_docs/send_message/sendBatchUSMSMessage: at most 200 numbers in one request. The code for
    # too many, 18019, speaks of 1000: that is the limit of the sibling call SendUSMSMessage.
    max_batch=200,
    sharing=Sharing.OWN,
    template=True,
    apart=frozenset({"CN"}),
    segments=MappingProxyType(
        {
            # docs.ucloud.cn/usms/price/3003: 70 characters, then 67 each, letters counted like ideographs,
            # signature included.
            "CN": SegmentRule(gsm=None, signature="【{}】"),
            # No rule is documented for the rest of the world, but that the vendor puts the signature in front there,
            # too, in these brackets (docs.ucloud.cn/usms/introduction/2005/2103).
            "*": SegmentRule(signature="[{}]"),
        }
    ),
)
"""What SendBatchUSMSMessage can do. The vendor documents no number of requests per second."""


@dataclass(frozen=True, slots=True)
class Usms:
    """Speaks USMS for one account."""

    config: UsmsConfig

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* with SendBatchUSMSMessage."""
        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)
