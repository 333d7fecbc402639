"""The garbage collector does not see parcels, so nothing in them may lead back to them: what is done is gone."""

import asyncio
import contextlib
import gc
import itertools
import json
from contextlib import closing

import httpx
import pytest

from smsway import AsyncClient, Client, InvalidMessage, Message, Recipient, Status, Template
from smsway.model import Batch, Outcome
from smsway.routing import Envelope, Shipment

PHONES = [f"+861378888{index:04}" for index in range(40)]


def accepted(request):
    asked = json.loads(request.content)
    if "tel" not in asked:
        return httpx.Response(503)
    each = asked["tel"] if isinstance(asked["tel"], list) else [asked["tel"]]
    detail = [{"result": 0, "errmsg": "OK", "fee": 1, "sid": "1", **tel} for tel in each]
    whole = {"result": 0, "errmsg": "OK", "ext": asked["ext"], "sid": "1", "fee": 1}
    return httpx.Response(200, json={**whole, "detail": detail} if len(each) > 1 else whole)


def unreachable(_):
    raise httpx.ConnectError("no way")


def cut(_):
    raise httpx.ReadError("cut")


ANSWERS = {
    "accepted": accepted,
    "busy": lambda _: httpx.Response(503),
    "unreachable": unreachable,
    "cut": cut,
    "garbled": lambda _: httpx.Response(200, content=b'{"result":0,"result":1}'),
    "refused": lambda _: httpx.Response(200, content=b'{"result":1016,"errmsg":"no"}'),
}


def left():
    gc.collect()
    kinds = [type(each) for each in gc.get_objects()]
    return {kind.__name__: kinds.count(kind) for kind in (Envelope, Shipment, Batch, Outcome)}


def message(**said):
    return Message(to=PHONES, content=Template("login_code", {"code": "1", "minutes": "2"}), **said)


@pytest.mark.parametrize("answer", ANSWERS)
def test_nothing_is_left_of_a_delivery(configuration, answer):
    with Client.from_config(configuration, transport=httpx.MockTransport(ANSWERS[answer])) as client:
        client.send(message())
        before = left()

        for _ in range(5):
            client.send(message(kind="otp", within=20))
            with pytest.raises(InvalidMessage):
                client.send(Message(to=["nobody", Recipient(PHONES[0], {"x": "y"})], content=Template("login_code")))
            assert len(list(client.send_many([message(), message()]))) == 2 * len(PHONES)

        assert left() == before


def test_nothing_is_left_of_a_stream_that_is_not_read_to_its_end(configuration):
    with Client.from_config(configuration, transport=httpx.MockTransport(accepted)) as client:
        client.send(message())
        before = left()

        with closing(client.send_many(itertools.repeat(message()))) as outcomes:
            assert next(outcomes).status is Status.ACCEPTED
        del outcomes

        assert left() == before


def test_nothing_is_left_of_a_send_that_is_cancelled(configuration):
    async def hang(_):
        await asyncio.sleep(60)

    async def run():
        async with AsyncClient.from_config(configuration, transport=httpx.MockTransport(hang)) as client:
            counts = []
            for _ in range(4):
                sending = asyncio.create_task(client.send(message()))
                await asyncio.sleep(0.05)
                sending.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await sending
                counts.append(left())
            # The last cancellation is still at hand, and its traceback leads to what was sent.
            assert counts == counts[:1] * 4

    asyncio.run(run())
