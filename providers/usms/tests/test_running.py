"""Everything beside sending over sockets: the vendor's own SDK and our client against the sandbox as it runs."""

from __future__ import annotations

import json
import logging
import os
import time
from base64 import b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import pytest
from ucloud.client import Client
from ucloud.core.exc import RetCodeException

from smsway.provider import (
    Batch,
    Callback,
    Delivery,
    Kind,
    Reason,
    ReportQuery,
    Response,
    Review,
    SandboxTemplate,
    SignatureDraft,
    Stamp,
    TemplateDraft,
)
from smsway.sandbox import Sandbox, SandboxAccount
from smsway_usms._config import UsmsConfig
from smsway_usms._provider import Usms
from smsway_usms._sandbox import UsmsSide

STAMP = Stamp(now=1_700_000_000.0, nonce=0x0123456789ABCDEF0123)
A, C = "+8618500000507", "+60198890000"
AWAY = "+8613788990201"  # its texts are taken, and find the phone switched off
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """The SDK and urllib ask the environment for proxies, and loopback is not behind one."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture
def sandbox(config):
    account = SandboxAccount(
        "backup",
        UsmsSide(config),
        templates=[SandboxTemplate("UTA20212831C85C", 1, "Code {1}")],
        signatures=["SCloud"],
    )
    with Sandbox([account]) as running:
        yield running


@pytest.fixture
def sdk(config, sandbox):
    logger = logging.getLogger("test_running")
    logger.propagate = False
    settings = {
        "public_key": config.public_key.get_secret_value(),
        "private_key": config.private_key.get_secret_value(),
        "project_id": config.project_id,
        "region": "cn-bj2",
        "base_url": sandbox.urls["backup"],
    }
    return Client(settings, logger=logger).usms()


@pytest.fixture
def ours(config, sandbox, converse):
    """Return a function that makes one call of our client over a socket."""
    usms = Usms(UsmsConfig(**{**dict(config), "base_url": sandbox.urls["backup"]}))

    def post(request):
        asked = HttpRequest(request.url, request.body, dict(request.headers))
        with urlopen(asked, timeout=10) as answer:
            return Response(answer.status, answer.read())

    def ours(name, *given):
        return converse(getattr(usms, name)(*given, STAMP), post)

    return ours


def task(*phones):
    targets = [{"Phone": phone, "TemplateParams": ["1"], "UserId": f"mine-{phone[-4:]}"} for phone in phones]
    items = [{"TemplateId": "UTA20212831C85C", "SigContent": "SCloud", "Target": targets}]
    return {"TaskContent": b64encode(json.dumps(items).encode()).decode()}


def day_in_china():
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))


class TestSdk:
    """The official SDK as it is; its schemas check the type of each documented member of an answer."""

    def test_receipts_by_session(self, sdk):
        session = sdk.send_batch_usms_message(task("18500000507", "13788990201"))["SessionNo"]

        (data,) = sdk.get_usms_send_receipt({"SessionNoSet": [session, "another"]})["Data"]

        assert data["SessionNo"] == session
        assert [(each["Phone"], each["ReceiptResult"], each["UserId"]) for each in data["ReceiptSet"]] == [
            ("18500000507", "发送成功", "mine-0507"),
            ("13788990201", "发送失败", "mine-0201"),
        ]

    def test_a_pull_which_the_sdk_has_no_method_for(self, sdk):
        sdk.send_batch_usms_message(task("18500000507"))

        first, second = (sdk.invoke("PullUSMSReport", {"ProjectId": "org1234", "Limit": 100}) for _ in range(2))

        assert ([each["UserId"] for each in first["ReportSet"]], second["ReportSet"]) == (["mine-0507"], [])

    def test_a_template_from_its_draft_to_its_end(self, sdk, sandbox):
        draft = {"Purpose": 2, "TemplateName": "news", "Template": "News: {1}", "International": True, "Remark": "r"}

        template_id = sdk.create_usms_template(draft)["TemplateId"]
        pending = sdk.query_usms_template({"TemplateId": template_id})["Data"]
        sandbox.review("backup", template=template_id, approve=False, words="which news?")
        rejected = sdk.query_usms_template({"TemplateId": template_id})["Data"]
        sdk.update_usms_template({"TemplateId": template_id, "Template": "Your news: {1}"})
        again = sdk.query_usms_template({"TemplateId": template_id})["Data"]
        with pytest.raises(RetCodeException) as early:
            sdk.delete_usms_template({"TemplateIds": [template_id]})
        sandbox.review("backup", template=template_id)
        sdk.delete_usms_template({"TemplateIds": [template_id]})

        assert (pending["Status"], pending["TemplateName"], pending["Remark"]) == (0, "news", "r")
        assert (rejected["Status"], rejected["ErrDesc"]) == (3, "which news?")
        assert (again["Status"], again["Template"], early.value.code) == (0, "Your news: {1}", 18003)
        with pytest.raises(RetCodeException) as error:
            sdk.query_usms_template({"TemplateId": template_id})
        assert error.value.code == 18017

    def test_a_signature_from_its_draft_to_its_end(self, sdk, sandbox):
        draft = {"SigContent": "Acme", "SigType": 0, "SigPurpose": 0, "CertificateType": 0, "Description": "us"}

        signature_id = sdk.create_usms_signature({**draft, "File": b64encode(PNG).decode()})["SigId"]
        sandbox.review("backup", signature=signature_id, approve=False, words="whose?")
        rejected = sdk.query_usms_signature({"SigContent": "Acme"})["Data"]
        change = {"SigId": signature_id, "SigContent": "Acme Ltd", "SigType": 0, "SigPurpose": 0}
        sdk.update_usms_signature({**change, "File": b64encode(PNG).decode()})
        sandbox.review("backup", signature=signature_id)
        approved = sdk.query_usms_signature({"SigId": signature_id})["Data"]
        sdk.delete_usms_signature({"SigIds": [signature_id]})

        assert (rejected["SigId"], rejected["Status"], rejected["ErrDesc"]) == (signature_id, 3, "whose?")
        assert (approved["SigContent"], approved["Status"]) == ("Acme Ltd", 2)
        with pytest.raises(RetCodeException) as error:
            sdk.query_usms_signature({"SigId": signature_id})
        assert error.value.code == 18016

    def test_statistics(self, sdk):
        before = day_in_china()
        sdk.send_batch_usms_message(task("18500000507", "13788990201", "(60)198890000"))
        after = day_in_china()
        asked = {"Page": 0, "NumPerPage": 10, "OrderBy": "SendDate", "OrderType": "asc", "StartDate": before}

        mainland, abroad = (
            sdk.get_usms_send_statistics({**asked, "EndDate": after, "Domestic": domestic}) for domestic in (1, 0)
        )

        (row,) = mainland["Data"]
        assert row["SendDate"] in {before, after}
        assert (row["BrevityCode"], row["SuccessCount"], row["FailedCount"]) == ("CN", 1, 1)
        assert (mainland["StatisticsData"]["SendCount"], mainland["Total"]) == (2, 1)
        assert [(each["BrevityCode"], each["Count"]) for each in abroad["Data"]] == [("MY", 1)]

    def test_statistics_by_template(self, sdk):
        before = day_in_china()
        sdk.send_batch_usms_message(task("18500000507", "13788990201"))
        after = day_in_china()
        asked = {"Page": 0, "NumPerPage": 10, "OrderBy": "SendDate", "OrderType": "asc", "StartDate": before}

        answer = sdk.get_usms_template_send_statistics({**asked, "EndDate": after, "Domestic": 1})

        (row,) = answer["Data"]
        assert (row["TemplateId"], row["Count"], row["FailedCount"]) == ("UTA20212831C85C", 2, 1)
        assert (answer["StatisticsData"]["SendCount"], answer["Total"]) == (2, 1)

    @pytest.mark.parametrize(
        ("call", "given", "code"),
        [
            ("get_usms_send_receipt", {"SessionNoSet": ["s"] * 100}, 18003),
            ("create_usms_template", {"Purpose": 4, "TemplateName": "x", "Template": "x"}, 18003),
            ("create_usms_template", {"Purpose": 1, "TemplateName": "x", "Template": "{1}"}, 18003),
            ("update_usms_template", {"TemplateId": "UTX", "Template": "x"}, 18017),
            ("delete_usms_template", {"TemplateIds": ["UTX"]}, 18017),
            ("delete_usms_signature", {"SigIds": []}, 18001),
            ("query_usms_signature", {}, 18001),
        ],
    )
    def test_what_is_not_in_order_has_a_documented_code(self, sdk, call, given, code):
        with pytest.raises(RetCodeException) as error:
            getattr(sdk, call)(given)

        assert error.value.code == code


class TestOurs:
    def test_what_became_of_a_batch_is_found_and_pulled(self, ours, batch_of):
        outcomes = ours("submit", batch_of(A, C, AWAY))
        (session,) = {outcome.provider_message_id for outcome in outcomes}

        query = ReportQuery(since=0.0, until=time.time(), message_ids=(session,))
        found = ours("find_reports", query)
        pulled = ours("pull_reports", 200)

        assert {each.recipient: each.delivery for each in found} == {
            A: Delivery.DELIVERED,
            C: Delivery.DELIVERED,
            AWAY: Delivery.UNDELIVERED,
        }
        assert {each.reference for each in pulled} == {f"{STAMP.reference}-{index}" for index in range(3)}
        assert [each.reason for each in pulled if each.reason] == [Reason.UNREACHABLE_RECIPIENT]
        assert ours("pull_reports", 200) == []

    def test_a_template_can_be_used_once_it_is_approved(self, ours, parcel_of, sandbox):
        added = ours("add_template", TemplateDraft(text="Hello {1}", name="hello", kind=Kind.NOTIFICATION))
        batch = Batch([parcel_of(A, template=added.id)])

        (before,) = ours("submit", batch)
        sandbox.review("backup", template=added.id)
        (after,) = ours("submit", batch)

        assert (before.reason, after.reason) == (Reason.TEMPLATE_REFUSED, None)
        assert [each.review for each in ours("get_templates", [added.id, "UTA20212831C85C"])] == [Review.APPROVED] * 2

    def test_a_signature_can_be_used_once_it_is_approved(self, ours, parcel_of, sandbox):
        added = ours("add_signature", SignatureDraft(text="Acme", remark="us", options={"sig_type": 0}))
        batch = Batch([parcel_of(A, signature="Acme")])

        (before,) = ours("submit", batch)
        sandbox.review("backup", signature=added.id)
        (after,) = ours("submit", batch)

        assert (before.reason, after.reason) == (Reason.SIGNATURE_REFUSED, None)
        assert ours("find_signature", "SCloud").review is Review.APPROVED

    def test_statistics_of_today(self, ours, batch_of):
        ours("submit", batch_of(A, C, AWAY))

        counts = ours("send_statistics", time.time() - 60, time.time() + 60)
        fates = ours("delivery_statistics", time.time() - 60, time.time() + 60)

        assert (counts.requested, counts.accepted, counts.billed) == (3, 3, 3)
        assert (fates.reported, fates.delivered, fates.undelivered) == (3, 2, 1)

    def test_statistics_of_today_by_template(self, ours, batch_of, sandbox):
        sandbox.set_report_delay(600.0)
        ours("submit", batch_of(A, C))
        sandbox.advance(601.0)
        ours("submit", batch_of(A))

        (counts,) = ours("template_statistics", time.time() - 60, time.time() + 660)

        assert counts.template_id == "UTA20212831C85C"
        assert (counts.requested, counts.accepted, counts.billed) == (3, 3, 3)
        assert (counts.reported, counts.delivered, counts.undelivered) == (2, 2, 0)

    def test_a_template_without_a_report_is_counted(self, ours, batch_of, sandbox):
        sandbox.set_report_delay(600.0)
        ours("submit", batch_of(A, C))

        (counts,) = ours("template_statistics", time.time() - 60, time.time() + 60)

        assert (counts.template_id, counts.accepted, counts.reported) == ("UTA20212831C85C", 2, 0)

    def test_reports_that_are_not_due_are_counted_as_unknown(self, ours, batch_of, sandbox):
        sandbox.set_report_delay(600.0)
        (outcome,) = ours("submit", batch_of(A))
        query = ReportQuery(since=0.0, until=1.0, message_ids=(outcome.provider_message_id,))

        early = ours("find_reports", query)
        fates = ours("delivery_statistics", time.time() - 60, time.time() + 60)
        sandbox.advance(601.0)
        late = ours("find_reports", query)

        assert (early, [each.delivery for each in late]) == ([], [Delivery.DELIVERED])
        assert (fates.accepted, fates.reported) == (1, 0)


@pytest.fixture
def customer(config):
    """A customer's server that reads each push with our client; `answer` can be set to refuse."""
    usms = Usms(config)
    read = []

    class Handler(BaseHTTPRequestHandler):
        taken: Callable[[int], bool] = staticmethod(lambda _: True)

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            read.append(usms.read_callback(Callback(body, dict(self.headers))))
            answer = usms.answer_callback(taken=type(self).taken(len(read)))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", read, Handler
        server.shutdown()
        thread.join()


def wait_for(done):
    end = time.monotonic() + 10
    while not done():
        assert time.monotonic() < end, "it took more than ten seconds"
        time.sleep(0.01)


class TestPush:
    def test_receipts_and_messages_arrive(self, sandbox, customer, sdk):
        url, read, _ = customer
        sandbox.push_to("backup", url)

        sdk.send_batch_usms_message(task("18500000507", "(60)198890000"))
        wait_for(lambda: read and all(push.acknowledged for push in sandbox.pushes()))
        sandbox.receive(C, "TD", "backup", extension="12")
        wait_for(lambda: len(read) == 2)

        reports, (message,) = read
        assert [(each.recipient, each.delivery, each.reference) for each in reports] == [
            (A, Delivery.DELIVERED, "mine-0507"),
            (C, Delivery.DELIVERED, "mine-0000"),
        ]
        assert (message.sender, message.text, message.extension) == (C, "TD", "12")
        assert sandbox.queued("backup") == (0, 0)

    def test_a_push_that_is_not_taken_comes_again_after_a_second(self, sandbox, customer, sdk):
        url, read, handler = customer
        handler.taken = staticmethod(lambda tries: tries == 3)
        sandbox.push_to("backup", url)

        sdk.send_batch_usms_message(task("18500000507"))
        for tries in (1, 2, 3):
            wait_for(lambda tries=tries: sandbox.pushes() and sandbox.pushes()[0].tries == tries)
            sandbox.advance(1.0)

        (push,) = sandbox.pushes()
        assert (push.acknowledged, len(read)) == (True, 3)

    def test_after_three_repetitions_a_push_is_given_up(self, sandbox, customer, sdk):
        url, read, handler = customer
        handler.taken = staticmethod(lambda _: False)
        sandbox.push_to("backup", url)

        sdk.send_batch_usms_message(task("18500000507"))
        for tries in (1, 2, 3, 4):
            wait_for(lambda tries=tries: sandbox.pushes() and sandbox.pushes()[0].tries == tries)
            sandbox.advance(1.0)

        (push,) = sandbox.pushes()
        assert (push.given_up, len(read)) == (True, 4)
