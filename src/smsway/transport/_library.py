"""The one place that names the HTTP library.

`httpx` and `httpcore` here are the library that smsway uses; its fork, `httpx2` with `httpcore2`, has the same
interface and takes over with `SMSWAY_HTTP=httpx2` in the environment.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING or os.environ.get("SMSWAY_HTTP", "httpx") == "httpx":
    import httpcore
    import httpx
else:
    import httpcore2 as httpcore
    import httpx2 as httpx

__all__ = ["httpcore", "httpx"]
