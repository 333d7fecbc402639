"""The application inside of others: under any prefix, with their lifespan and without."""

import asyncio
import json
import subprocess
import sys

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from smsway.webhooks import app


@pytest.fixture
def hooks(source, make_holder):
    return app(make_holder(source))


def starlette_host(hooks):
    async def home(_):
        return PlainTextResponse("home")

    return Starlette(
        routes=[Mount("/sms/hooks", hooks), Route("/", home)], lifespan=lambda _: hooks.router.lifespan_context(hooks)
    )


def fastapi_host(hooks):
    host = FastAPI(lifespan=lambda _: hooks.router.lifespan_context(hooks))
    host.mount("/sms/hooks", hooks)

    @host.get("/")
    def home():
        return "home"

    return host


def nested_host(hooks):
    return Starlette(routes=[Mount("/sms", Starlette(routes=[Mount("/hooks", hooks)]))])


def bare_host(hooks):
    """Hand a scope on as a hand-written dispatcher does, which takes the prefix off the path."""

    async def host(scope, receive, send):
        path = scope["path"].removeprefix("/sms/hooks")
        await hooks(scope | {"path": path, "root_path": ""}, receive, send)

    return host


def rooted_host(hooks):
    """Hand a scope on as the ASGI specification has it: the whole path, and the prefix beside it."""

    async def host(scope, receive, send):
        await hooks(scope | {"root_path": "/sms/hooks"}, receive, send)

    return host


HOSTS = [starlette_host, fastapi_host, nested_host, bare_host, rooted_host]


@pytest.mark.parametrize("make", HOSTS)
def test_it_can_be_mounted_under_a_prefix(hooks, make_call, secrets, notebook, make_reports, make):
    caller = make_call(make(hooks))

    answer = asyncio.run(caller.post(f"/sms/hooks/toy/{secrets[0]}", make_reports("+8613700000001")))

    assert (answer.status, answer.body) == (200, b'{"got":true}')
    assert len(notebook.items) == 1
    assert notebook.told.wait(5)


@pytest.mark.parametrize("make", HOSTS)
@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/sms/hooks/toy/{wrong}", "POST", 404),
        ("/sms/hooks/toy/{right}/", "POST", 404),
        ("/sms/hooks/toy/{right}/x", "POST", 404),
        ("/sms/hooks/tóy/ÿ\ud800", "POST", 404),
        ("/sms/hooks/toy/{right}", "PUT", 405),
    ],
)
def test_a_refusal_is_the_same_under_a_prefix(hooks, make_call, secrets, make, path, method, status):
    right, wrong = secrets[0], "0" * 32

    answer = asyncio.run(make_call(make(hooks)).post(path.format(right=right, wrong=wrong), method=method))

    assert answer.status == status
    shown = answer.body.decode() + str(answer.headers)
    assert right not in shown
    assert wrong not in shown


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (starlette_host, "/api/sms/hooks/toy/{}"),
        (fastapi_host, "/api/sms/hooks/toy/{}"),
        (nested_host, "/api/sms/hooks/toy/{}"),
        (lambda hooks: hooks, "/api/toy/{}"),
        # A proxy has taken the prefix away, and the server puts it beside what is left.
        (lambda hooks: hooks, "/toy/{}"),
    ],
)
def test_the_server_may_have_a_root_path_of_its_own(hooks, make_call, secrets, make, path):
    caller = make_call(make(hooks))

    right, wrong = (
        asyncio.run(caller.post(path.format(secret), root_path="/api")).status for secret in (secrets[0], "0" * 32)
    )

    assert (right, wrong) == (200, 404)


@pytest.mark.parametrize("make", [starlette_host, fastapi_host])
def test_the_lifespan_of_the_host_can_be_its_own(hooks, make_call, secrets, notebook, make_reports, make):
    host = make(hooks)
    notebook.left = [5]

    async def run():
        async with host.router.lifespan_context(host):
            await make_call(host).post(f"/sms/hooks/toy/{secrets[0]}", make_reports("+8613700000001"))

    asyncio.run(run())

    assert sorted(number for part in notebook.processed for number in part) == [0, 5]


# Django is configured once for a process, so it gets one of its own.
DJANGO = """
import asyncio, json, sys
import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path
from starlette.applications import Starlette
from starlette.routing import Mount

from smsway import Client
from smsway.webhooks import app

urlpatterns = [path("", lambda request: HttpResponse("home"))]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x" * 50)
site = get_asgi_application()
client = Client.from_config(json.loads(sys.argv[1]))
hooks = app(client)
application = Starlette(
    routes=[Mount("/sms", hooks), Mount("/", site)], lifespan=lambda _: hooks.router.lifespan_context(hooks)
)

async def call(method, path, body=b""):
    sent, come = [], [{"type": "http.request", "body": body}]
    async def receive():
        return come.pop() if come else await asyncio.sleep(60)
    async def send(message):
        sent.append(message)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "query_string": b"", "root_path": "", "headers": [(b"host", b"x")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }
    await application(scope, receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:]).decode()

async def main():
    async with application.router.lifespan_context(application):
        home = await call("GET", "/")
        taken = await call("POST", sys.argv[2], sys.argv[3].encode())
        print(json.dumps([home, taken, await call("POST", "/sms/x/y")]))

asyncio.run(main())
"""


def test_it_stands_beside_django(configuration, tmp_path):
    (tmp_path / "project.py").write_text(DJANGO, encoding="utf-8")
    secret = "5e2fd1c0a94b7d3852e0a94c7f6b1d2e"
    configuration |= {
        "reports": {"store": "memory"},
        "webhooks": {"accounts": {"cn": {"secrets": [f"literal:{secret}"]}}},
    }
    command = [sys.executable, str(tmp_path / "project.py"), json.dumps(configuration), f"/sms/cn/{secret}", "[]"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.stderr == ""
    assert json.loads(done.stdout) == [[200, "home"], [200, '{"result":0,"errmsg":"OK"}'], [404, "Not Found"]]
