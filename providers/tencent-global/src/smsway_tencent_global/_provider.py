"""The provider: what it can do, and its exchanges with the vendor."""

from __future__ import annotations

from collections.abc import Sequence

from smsway.provider import STANDARD, Batch, Capabilities, Exchange, Outcome, Sharing, Stamp
from smsway_tencent_global._config import TencentGlobalConfig
from smsway_tencent_global._signing import Signer
from smsway_tencent_global._wire import SERVICE, decode_send, encode_send

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


class TencentGlobal:
    """Speaks TencentCloud API 3.0 for one account."""

    __slots__ = ("_config", "_signer")

    def __init__(self, config: TencentGlobalConfig) -> None:
        self._config = config
        self._signer = Signer(SERVICE, config.secret_id, config.secret_key)

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* in one `SendMultiGlobalSms` request.

        Raises `UnexpectedResponse` for an answer that is not one to this request.
        """
        response = yield encode_send(self._config, self._signer, batch, stamp)
        return decode_send(batch, stamp, response)
