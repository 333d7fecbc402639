"""Asks a running sandbox where its accounts are."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from smsway.cli._failure import Failure

_PATIENCE = 5.0


def sandbox_urls(control: str) -> Mapping[str, str]:
    """Return the address of each account of the sandbox whose control URL is *control*; raises `Failure`."""
    parts = urlsplit(control)
    if parts.scheme != "http" or not parts.hostname:
        raise Failure(f"--sandbox {control!r} is not the control URL that `smsway sandbox` prints (http://...)")
    # Not through a proxy of the environment: the sandbox is near.
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/accounts")
        accounts = json.loads(connection.getresponse().read())
        return {account["name"]: account["url"] for account in accounts}
    except (OSError, http.client.HTTPException) as error:
        raise Failure(
            f"--sandbox {control}: no sandbox answers there ({type(error).__name__}); is it running?"
        ) from None
    except (ValueError, TypeError, LookupError):
        raise Failure(f"--sandbox {control}: what answers there is not the control API of a sandbox") from None
    finally:
        connection.close()
