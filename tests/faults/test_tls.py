"""TLS is verified and 1.2 or later, whatever the environment says, and nobody can switch that off."""

import os
import socket
import ssl
import subprocess
import sys

import pytest

from smsway.transport import default_ssl_context


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def nameless():
    context = ssl.create_default_context()
    context.check_hostname = False
    return context


def asking():
    context = nameless()
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def old():
    context = ssl.create_default_context()
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    return context


def bare():
    with pytest.warns(DeprecationWarning, match="(?i)protocol"):
        return ssl.SSLContext()


@pytest.mark.parametrize("make", [unverified, nameless, asking, old, bare])
def test_a_context_that_trusts_anybody_or_is_old_is_refused(make_world, make):
    with pytest.raises(ValueError, match="ssl_context"):
        make_world({"first": "tencent-v5"}, ssl_context=make())


def test_a_client_that_is_refused_for_its_context_has_opened_nothing(make_face, config_of, tmp_path):
    store = tmp_path / "reports.db"
    config = config_of({"first": "tencent-v5"}) | {"reports": {"store": str(store)}}

    with pytest.raises(ValueError, match="ssl_context"):
        make_face(config, ssl_context=unverified())

    assert not store.exists()


def test_the_default_context_verifies_and_is_of_today():
    context = default_ssl_context()

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_environment_reads_no_keys_and_adds_no_authority(tmp_path):
    keys = tmp_path / "keys"
    program = (
        "from smsway.transport import default_ssl_context as made\n"
        "print(made().keylog_filename, len(made().get_ca_certs()) > 9)\n"
    )
    environment = {"SSLKEYLOGFILE": str(keys), "SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere"}

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, **environment}, check=True
    )

    assert done.stdout.split() == ["None", "True"]


PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def test_no_proxy_of_the_environment_sees_a_request(make_world, message, monkeypatch, provider):
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        proxy.settimeout(0)
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        world = make_world({"first": provider})

        result = world.send(message())

        assert result.all_accepted
        with pytest.raises(BlockingIOError):
            proxy.accept()
