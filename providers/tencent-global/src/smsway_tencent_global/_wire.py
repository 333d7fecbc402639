"""The bytes of `SendMultiGlobalSms`, version 2021-01-11, as pure functions.

Its page is among the API documents of Short Message Service at tencentcloud.com.
"""

from __future__ import annotations

from smsway.provider import Batch, Outcome, Parcel, Request, Response, Stamp
from smsway_tencentcloud import Api, decode_results


def encode_send(api: Api, batch: Batch, stamp: Stamp) -> Request:
    """Return the request that sends *batch*, each recipient under the reference that *stamp* gives it."""
    infos = list(map(_info, batch.parcels, stamp.references(len(batch))))
    content = {"SmsSdkAppId": api.config.sdk_app_id, "MultiSmsInfoSet": infos}
    return api.request("SendMultiGlobalSms", content, stamp, sends=True)


def _info(parcel: Parcel, reference: str) -> dict[str, object]:
    content = parcel.content
    # A plain str: the encoder takes the long way round for subclasses.
    info: dict[str, object] = {"PhoneNumber": str(parcel.phone), "TemplateId": content.template}
    # The page's own request without params has no such member and is judged by its template, not by its shape; no
    # published request has an empty list.
    if content.params:
        info["TemplateParamSet"] = content.params
    # An account without a sender id of its own sends under the public one, and names none.
    if content.sender:
        info["SenderId"] = content.sender
    info["SessionContext"] = reference
    return info


def decode_send(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Return what *response* says of each recipient, in the order of *batch*; raises `UnexpectedResponse`."""
    return decode_results("SendMultiStatusSet", batch, stamp.references(len(batch)), response)
