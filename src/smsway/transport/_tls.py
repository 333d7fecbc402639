"""TLS is verified and 1.2 or later, and nothing can switch that off."""

from __future__ import annotations

import ssl
from functools import cache

from smsway.transport._library import httpx


@cache
def default_ssl_context() -> ssl.SSLContext:
    """Return the one TLS context of the process: verified, TLS 1.2 or later, no settings from the environment."""
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # The standard library takes SSLKEYLOGFILE from the environment; with its keys, all that is sent can be read.
    context.keylog_filename = None  # type: ignore[assignment]  # typeshed knows no way to end it
    return context


def checked(context: ssl.SSLContext) -> ssl.SSLContext:
    """Return *context*; raises `ValueError` if it trusts anybody, or speaks what is older than TLS 1.2."""
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        way = "load the vendor's or the proxy's authority into it instead: ssl.create_default_context(cafile=...)"
        raise ValueError(f"ssl_context does not verify whom it connects to, who would get the keys of accounts; {way}")
    if context.minimum_version < ssl.TLSVersion.TLSv1_2:
        raise ValueError("ssl_context allows what is older than TLS 1.2; set its minimum_version")
    return context
