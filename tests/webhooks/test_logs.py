"""A server that hosts the application shows no secret either, and what is missing is said."""

import logging
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from smsway.webhooks import app
from smsway.webhooks._flood import warned_seldom


@pytest.fixture
def logged():
    """Hold what uvicorn logs, as it would be written."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    keeper, names = Keeper(), ("uvicorn.access", "uvicorn.error", "uvicorn.asgi")
    for name in names:
        logging.getLogger(name).addHandler(keeper)
    yield lines
    for name in names:
        logging.getLogger(name).removeHandler(keeper)


@pytest.fixture
def hosted(source, make_holder):
    """Run uvicorn as a host would, with its own log, and give its address."""
    host = Starlette(routes=[Mount("/sms", app(make_holder(source)))])
    server = uvicorn.Server(uvicorn.Config(host, log_config=None, log_level="trace", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sms"
        server.should_exit = True
        thread.join(10)


def test_the_access_log_of_a_host_masks_the_secrets(hosted, secrets, make_reports, logged):
    body = make_reports("+8613700000001")

    statuses = [httpx.post(f"{hosted}/toy/{secret}", content=body).status_code for secret in secrets]

    assert statuses == [200, 200, 404]
    access = [line for line in logged if '"POST ' in line]
    assert [line.split('"')[1] for line in access] == ["POST /sms/toy/*** HTTP/1.1"] * 3
    assert not any(secret in line for line in logged for secret in secrets)


def test_the_access_log_of_a_host_masks_what_a_vendor_says_in_a_query(hosted, secrets, logged):
    statuses = [
        httpx.get(f"{hosted}/{account}/{secret}", params={"to": "+8613700000001", "is": "delivered"}).status_code
        for account, secret in (("toy", secrets[0]), ("nobody", secrets[1]))
    ]

    assert statuses == [400, 404]
    access = [line for line in logged if '"GET ' in line]
    assert [line.split('"')[1] for line in access] == [
        "GET /sms/toy/***?*** HTTP/1.1",
        "GET /sms/nobody/***?*** HTTP/1.1",
    ]
    assert not any("13700000001" in line for line in logged)


def test_what_others_log_there_stays_as_it_is(source, make_holder, logged):
    app(make_holder(source))
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.INFO)

    logger.info("%(a)s", {"a": 1})
    logger.info("%s of %d", "one", 2)
    logger.info(ValueError("three"))

    assert logged == ["1", "one of 2", "three"]


def test_a_secret_in_a_text_without_arguments_is_masked(source, make_holder, secrets, logged):
    app(make_holder(source))
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.INFO)

    logger.info(f"WebSocket /toy/{secrets[0]}")  # noqa: G004  # as some write it

    logger.info("%(path)s", {"path": f"/toy/{secrets[1]}"})
    logger.info("%s", [f"/toy/{secrets[2]}"])

    assert logged == ["WebSocket /toy/***", "/toy/***", "['/toy/***']"]


def test_the_server_warns_once_a_minute_of_each_thing_that_strangers_do_and_hides_no_error(logged):
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.INFO)

    with warned_seldom():
        for _ in range(9):
            logger.warning("Invalid HTTP request received.")
            logger.warning("Exceeded concurrency limit.")
            logger.error("Exception in ASGI application")

    assert {line: logged.count(line) for line in logged} == {
        "Invalid HTTP request received.": 1,
        "Exceeded concurrency limit.": 1,
        "Exception in ASGI application": 9,
    }


def test_after_a_minute_it_warns_again(logged, monkeypatch):
    monkeypatch.setattr("smsway.webhooks._flood._INTERVAL", 0.02)
    logger = logging.getLogger("uvicorn.error")

    with warned_seldom():
        for pause in (0, 0, 0.03):
            time.sleep(pause)
            logger.warning("Exceeded concurrency limit.")

    assert len(logged) == 2


def test_another_server_of_the_process_warns_as_ever_when_ours_has_ended(logged):
    logger = logging.getLogger("uvicorn.error")

    with warned_seldom():
        pass
    for _ in range(3):
        logger.warning("Exceeded concurrency limit.")

    assert len(logged) == 3


@pytest.mark.parametrize(
    ("module", "words"),
    [("starlette", "smsway.webhooks needs Starlette"), ("uvicorn", "serving needs uvicorn")],
)
def test_a_missing_extra_is_named_with_the_way_out(module, words):
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from smsway.webhooks import serve\n"
        "from smsway.webhooks._serve import _server\n"
        "_server(None, None, None)\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)

    assert words in done.stderr
    assert 'pip install "smsway[webhooks]"' in done.stderr
