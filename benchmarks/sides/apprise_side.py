"""apprise: a service of the shape that its own for SMS have, which post to one recipient after the other.

The pause that apprise makes between requests is set to nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from json import dumps
from typing import Any

import requests
from _child import Case, Work, in_threads, serve
from apprise import Apprise, NotifyBase


class _Service(NotifyBase):  # type: ignore[misc]
    service_name = "Bench"
    secure_protocol = "bench"
    request_rate_per_sec = 0

    def __init__(self, address: str, targets: Callable[[], list[str]]) -> None:
        super().__init__()
        self._address, self._targets = address, targets

    def send(self, body: str, title: str = "", notify_type: Any = None, **_: Any) -> bool:  # noqa: ARG002  # its shape
        failed = False
        for phone in self._targets():
            self.throttle()
            payload = dumps({"to": phone, "text": body})
            headers = {"User-Agent": self.app_id, "Content-Type": "application/json"}
            response = requests.post(
                self._address,
                data=payload,
                headers=headers,
                verify=self.verify_certificate,
                timeout=self.request_timeout,
            )
            failed = failed or response.status_code != requests.codes.ok
        return not failed

    def url(self, *_: Any, **__: Any) -> str:
        return "bench://"


@contextmanager
def opened(case: Case) -> Iterator[Work]:
    """Yield what notifies."""
    phones = case.phones()

    def make() -> Callable[[], Any]:
        notifier = Apprise()
        notifier.add(_Service(case.url, phones))
        return lambda: notifier.notify(body="Your code is 1234, valid for 4 minutes.")

    def check(sent: Any) -> None:
        if not sent:
            raise SystemExit("not sent")

    with in_threads(make, check, case.tasks) as work:
        yield work


if __name__ == "__main__":
    serve(opened)
