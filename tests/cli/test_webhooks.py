"""`smsway webhooks`: takes what the vendors post, until it is stopped."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

SECRET = "a-secret-of-the-address-0123456789abcdef"
PHONE = "+8613700000001"
REPORT = {
    "user_receive_time": "2026-11-22 10:00:00",
    "nationcode": "86",
    "mobile": "13700000001",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "delivered",
    "sid": "0001",
}


@pytest.fixture
def listening(add, config):
    """Let one account take callbacks; return the configuration."""
    add(f'[reports]\nstore = "reports.db"\n[webhooks.accounts.cn]\nsecrets = ["literal:{SECRET}", "literal:b{SECRET}"]')
    return config


@pytest.fixture
def serve(start, listening):
    """Start the command, and return its process and its address."""

    def begin(*arguments):
        process = start("webhooks", "--config", listening, "--port", 0, *arguments)
        told = ""
        while "Ctrl-C" not in told:
            line = process.stdout.readline()
            assert line, process.communicate()
            told += line
        return process, told

    return begin


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.status, json.loads(response.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_posted_is_kept_until_it_is_stopped(serve, smsway, lines, number):
    process, told = serve()
    address = re.search(r"(http://127\.0\.0\.1:\d+)/cn/SECRET", told)[1]

    answered = post(f"{address}/cn/{SECRET}", [REPORT])
    process.send_signal(number)
    _, stderr = process.communicate(timeout=20)

    assert (200, {"result": 0, "errmsg": "OK"}) == answered
    assert (0, "") == (process.returncode, stderr)
    assert [PHONE] == [each["recipient"] for each in lines(smsway("reports", "unmatched", "--json"))]


def test_the_secret_is_shown_to_nobody(serve):
    process, told = serve()
    address = re.search(r"(http://127\.0\.0\.1:\d+)/cn/SECRET", told)[1]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        post(f"{address}/cn/{SECRET}x", [REPORT])

    process.send_signal(signal.SIGINT)
    rest, stderr = process.communicate(timeout=20)

    assert "secrets[0] and secrets[1]" in told
    assert SECRET not in told + rest + stderr


def test_a_sandbox_can_post_to_it(serve, ask, sandbox, lines):
    process, told = serve("--sandbox", sandbox.control_url)
    address = re.search(r"(http://127\.0\.0\.1:\d+)/cn/SECRET", told)[1]
    sandbox.push_to("cn", f"{address}/cn/{SECRET}")

    ask("send", PHONE, "--template", "notice", "--reference", "parcel-7")

    known = []
    while not known or known[0]["delivery"] != "delivered":
        assert process.poll() is None
        time.sleep(0.05)
        known = lines(ask("reports", "show", "--reference", "parcel-7", "--json"))
    process.send_signal(signal.SIGINT)
    assert 0 == process.wait(20)


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("--certificate", "here.pem"), "--certificate and --key belong together"),
        (("--certificate", "here.pem", "--key", "there.pem"), "here.pem"),
        (("--port", "70000"), "--port"),
        (("--host", "203.0.113.1"), "cannot listen on port 8080 of 203.0.113.1"),
    ],
)
def test_a_mistake_is_told(smsway, arguments, what):
    result = smsway("webhooks", *arguments)

    assert 2 == result.exit_code
    assert what in result.stderr


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """Return files of a certificate, of its key, of another key, of its key under a pass phrase, and of a text."""
    folder, authority = tmp_path_factory.mktemp("pem"), trustme.CA()
    own, other = authority.issue_cert("sms.invalid"), authority.issue_cert("sms.invalid")
    key = load_pem_private_key(own.private_key_pem.bytes(), None)
    content = {
        "certificate": own.cert_chain_pems[0].bytes(),
        "key": own.private_key_pem.bytes(),
        "other": other.private_key_pem.bytes(),
        "locked": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")),
        "text": b"not yet\n",
    }
    for name, each in content.items():
        (folder / f"{name}.pem").write_bytes(each)
    return lambda name: folder / f"{name}.pem"


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize(
    ("certificate", "key", "told"),
    [
        ("certificate", "text", "smsway: --key {key} holds no private key in PEM; name the file that does"),
        ("certificate", "certificate", "smsway: --key {key} holds no private key in PEM; name the file that does"),
        ("certificate", "other", "smsway: --key {key} is not the key of --certificate {certificate}"),
        ("certificate", "locked", "smsway: --key {key} has a pass phrase"),
        ("certificate", "nowhere", "smsway: {key}: No such file"),
        ("text", "key", "smsway: --certificate {certificate} holds no certificate in PEM; name the file that does"),
        ("key", "key", "smsway: --certificate {certificate} holds no certificate in PEM; name the file that does"),
        ("nowhere", "key", "smsway: {certificate}: No such file"),
    ],
)
def test_the_file_that_is_wrong_is_named(smsway, pem, certificate, key, told):
    result = smsway("webhooks", "--certificate", pem(certificate), "--key", pem(key))

    assert 2 == result.exit_code
    assert told.format(certificate=pem(certificate), key=pem(key)) in result.stderr


def test_with_both_it_speaks_tls(serve, pem):
    process, told = serve("--certificate", pem("certificate"), "--key", pem("key"))

    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)

    assert "https://127.0.0.1:" in told
    assert (0, "") == (process.returncode, stderr)


@pytest.mark.usefixtures("listening")
def test_a_host_that_others_reach_needs_tls_from_somebody(smsway):
    result = smsway("webhooks", "--host", "203.0.113.1")

    assert "without --certificate: a proxy in front must speak TLS" in result.stderr


def test_without_accounts_or_a_store_each_key_is_told(smsway):
    result = smsway("webhooks")

    assert 2 == result.exit_code
    for told in ("webhooks.accounts", "reports.store"):
        assert told in result.stderr


@pytest.mark.parametrize("missing", ["starlette", "uvicorn"])
@pytest.mark.usefixtures("listening")
def test_without_the_extra_it_says_what_to_install(tmp_path, config, missing):
    (tmp_path / f"{missing}.py").write_text(
        f"raise ModuleNotFoundError('No module named {missing}', name='{missing}')\n", encoding="utf-8"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); "
        f"sys.argv = ['smsway', 'webhooks', '--config', {str(config)!r}]; from smsway.cli import main; main()"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert 2 == run.returncode
    assert 'pip install "smsway[webhooks]"' in run.stderr
    assert "Traceback" not in run.stderr


def test_no_other_command_loads_the_web_framework():
    code = "import sys, smsway.cli._app; print({'starlette', 'uvicorn'} & sys.modules.keys())"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "set()" == run.stdout.strip()
