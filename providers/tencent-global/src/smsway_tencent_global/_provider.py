"""The provider: what it can do, and how it sends."""

from __future__ import annotations

from collections.abc import Sequence

from smsway.provider import STANDARD, Batch, Capabilities, Exchange, Outcome, Sharing, Stamp
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._wire import decode_send, encode_send
from smsway_tencentcloud import GLOBAL, GLOBAL_RECEIPTS, Api, Facets, Scope

CAPABILITIES = Capabilities(
    max_batch=200,
    sharing=Sharing.OWN,
    template=True,
    not_countries=frozenset({"CN"}),
    echo=True,
    rate=10,
    segments={"*": STANDARD},
)
"""Abilities and limits of `SendMultiGlobalSms`, from its page at tencentcloud.com."""

SCOPE = Scope(internationals=(GLOBAL,), receipts=GLOBAL_RECEIPTS)
"""Texts outside of the mainland, whatever a draft says."""


class TencentGlobal(Facets):
    """Speaks TencentCloud API 3.0 for one account."""

    __slots__ = ()

    def __init__(self, config: TencentGlobalConfig) -> None:
        super().__init__(Api(config, SCOPE))

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* in one `SendMultiGlobalSms` request.

        Raises `UnexpectedResponse` for an answer that is not one to this request.
        """
        response = yield encode_send(self.api, batch, stamp)
        return decode_send(batch, stamp, response)
