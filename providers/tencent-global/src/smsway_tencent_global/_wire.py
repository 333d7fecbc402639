"""The bytes of `SendMultiGlobalSms`, version 2021-01-11, as pure functions.

Its page is among the API documents of Short Message Service at tencentcloud.com.
"""

from __future__ import annotations

from smsway.provider import Batch, Filled, Outcome, Request, Response, Stamp
from smsway_tencentcloud import Api, decode_results, written


def encode_send(api: Api, batch: Batch, stamp: Stamp) -> Request:
    """Return the request that sends *batch*, each recipient under the reference that *stamp* gives it."""
    # Written in pieces, for neighbours are mostly told the same; phones and references need no escapes.
    said, text = None, ""
    pieces = [f'{{"SmsSdkAppId":"{api.config.sdk_app_id}","MultiSmsInfoSet":[{{"PhoneNumber":"']
    for parcel, reference in zip(batch.parcels, stamp.references(len(batch)), strict=True):
        if parcel.content is not said:
            said = parcel.content
            text = _said(said)
        pieces += (parcel.phone, text, reference, '"},{"PhoneNumber":"')
    pieces[-1] = '"}]}'
    return api.request("SendMultiGlobalSms", "".join(pieces).encode("ascii"), stamp, sends=True)


def _said(content: Filled) -> str:
    """Return what stands between a phone and its reference."""
    info: dict[str, object] = {"TemplateId": content.template}
    # The page's own request without params has no such member and is judged by its template, not by its shape; no
    # published request has an empty list.
    if content.params:
        info["TemplateParamSet"] = content.params
    # An account without a sender id of its own sends under the public one, and names none.
    if content.sender:
        info["SenderId"] = content.sender
    return f'",{written(info).decode("ascii")[1:-1]},"SessionContext":"'


def decode_send(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Return what *response* says of each recipient, in the order of *batch*; raises `UnexpectedResponse`."""
    return decode_results("SendMultiStatusSet", batch, stamp.references(len(batch)), response)
