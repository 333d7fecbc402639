"""qcloudsms_py, the vendor's SDK for the v5 API, as it is.

Its address is given with each call, as the SDK allows. It opens a connection for each request with what Python trusts,
which the environment variable SSL_CERT_FILE says. It ends every call with `json.loads(body, encoding="utf-8")`, which
Python refuses since 3.9; here that argument is ignored, as it was before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from _child import Case, Work, in_threads, serve
from qcloudsms_py import SmsMultiSender, SmsSingleSender
from qcloudsms_py import httpclient as http

_loads = json.loads


class _Json:
    """The module, without the argument that is gone."""

    @staticmethod
    def loads(body: bytes, encoding: str = "utf-8") -> Any:  # noqa: ARG004  # as Python 3.8 did
        return _loads(body)


class _Stub(http.HTTPClientInterface):  # type: ignore[misc]
    """Has the answer at hand."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    def fetch(self, req: http.HTTPRequest) -> http.HTTPResponse:
        return http.HTTPResponse(req, 200, self._answer)


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what sends."""
    http.json = _Json
    phones = case.phones()
    kind, method = (SmsSingleSender, "sendsms") if case.recipients == 1 else (SmsMultiSender, "sendmultisms2")
    url = f"{case.url}/v5/tlssmssvr/{method}"

    def make() -> Callable[[], Any]:
        sender = kind(case.account["sdk_app_id"], case.account["app_key"], _Stub(case.stub) if case.stub else None)

        def send() -> Any:
            mobiles = [phone[3:] for phone in phones()]
            to = mobiles[0] if case.recipients == 1 else mobiles
            return sender.send_with_param("86", to, int(case.template), case.params, sign=case.sign, url=url)

        return send

    def check(answer: Any) -> None:
        if answer["result"] != 0 or len(answer.get("detail", [0])) != case.recipients:
            raise SystemExit(f"not accepted: {answer}")

    with in_threads(make, check, case.tasks) as work:
        yield work


if __name__ == "__main__":
    serve(opened)
