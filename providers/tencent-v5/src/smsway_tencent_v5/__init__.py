"""The smsway provider `tencent-v5`: Tencent Cloud SMS through its legacy v5 API."""

from collections.abc import Callable

from smsway.provider import ProviderSpec, hookimpl
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._provider import SPEC

__all__ = ["register_providers"]


@hookimpl
def register_providers(register: Callable[[ProviderSpec[TencentV5Config]], None]) -> None:
    """Make `provider = "tencent-v5"` known."""
    register(SPEC)
