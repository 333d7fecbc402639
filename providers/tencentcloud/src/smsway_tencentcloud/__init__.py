"""What smsway's providers for TencentCloud API 3.0 (product `sms`, version 2021-01-11) share; no provider by itself.

A provider's settings are a `TencentCloudConfig`. It asks through an `Api`, which signs and takes the envelope off,
reads the answer of the action that it sends with through `decode_results`, and has every other action from `Facets`.
A `Scope` says for whom its texts are. The other side of all that is `smsway_tencentcloud.sandbox`.
"""

from __future__ import annotations

from smsway_tencentcloud._api import Api, content_of, written
from smsway_tencentcloud._codes import CALL_REASONS, CODES, REASONS, SOURCES, SUCCESS
from smsway_tencentcloud._config import TencentCloudConfig, template_id
from smsway_tencentcloud._facets import CALL_RATES, Facets
from smsway_tencentcloud._receipts import GLOBAL_RECEIPTS, MAINLAND_RECEIPTS
from smsway_tencentcloud._results import decode_results
from smsway_tencentcloud._scope import GLOBAL, MAINLAND, Scope
from smsway_tencentcloud._signing import Signer
from smsway_tencentcloud._times import Hours, hours_of

__all__ = [
    "CALL_RATES",
    "CALL_REASONS",
    "CODES",
    "GLOBAL",
    "GLOBAL_RECEIPTS",
    "MAINLAND",
    "MAINLAND_RECEIPTS",
    "REASONS",
    "SOURCES",
    "SUCCESS",
    "Api",
    "Facets",
    "Hours",
    "Scope",
    "Signer",
    "TencentCloudConfig",
    "content_of",
    "decode_results",
    "hours_of",
    "template_id",
    "written",
]
