"""The SDK of Tencent Cloud (tencentcloud-sdk-python-sms): SendMultiGlobalSms, the call that smsway makes as well.

Each thread has a client of its own, and with it a session of requests that keeps its connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from _child import Case, Work, in_threads, serve
from requests.adapters import BaseAdapter
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.models import MultiSmsInfo, SendMultiGlobalSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient


class _Stub(BaseAdapter):  # type: ignore[misc]
    """Has the answer at hand."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self._answer = answer.encode()

    def send(self, request: Any, **_: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url, request
        response.headers["Content-Type"] = "application/json"
        response._content = self._answer  # noqa: SLF001  # there is no other way to make one
        return response

    def close(self) -> None:
        pass


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what sends."""
    phones, address = case.phones(), urlsplit(case.url)
    account = case.account
    key = Credential(account["secret_id"], account["secret_key"])

    def make() -> Callable[[], Any]:
        http = HttpProfile(protocol=address.scheme, endpoint=address.netloc, certification=case.authority or None)
        client = SmsClient(key, account["region"], ClientProfile(httpProfile=http))
        if case.stub:
            for scheme in ("http://", "https://"):
                client.request.conn._session.mount(scheme, _Stub(case.stub))  # noqa: SLF001  # nor here

        def send() -> Any:
            request = SendMultiGlobalSmsRequest()
            request.SmsSdkAppId, request.MultiSmsInfoSet = account["sdk_app_id"], []
            for index, phone in enumerate(phones()):
                info = MultiSmsInfo()
                info.PhoneNumber, info.TemplateId, info.TemplateParamSet = phone, case.template, case.params
                # As smsway does, so that the answer tells whose result is whose.
                info.SessionContext = f"login-77-{index}"
                request.MultiSmsInfoSet.append(info)
            return client.SendMultiGlobalSms(request)

        return send

    def check(answer: Any) -> None:
        if [each.Code for each in answer.SendMultiStatusSet] != ["Ok"] * case.recipients:
            raise SystemExit(f"not accepted: {answer}")

    with in_threads(make, check, case.tasks) as work:
        yield work


if __name__ == "__main__":
    serve(opened)
