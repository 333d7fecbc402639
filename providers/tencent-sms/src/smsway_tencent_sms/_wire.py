"""The bytes of `SendSms`, version 2021-01-11, as pure functions.

Its page is cloud.tencent.com/document/api/382/55981.
"""

from __future__ import annotations

from smsway.provider import Batch, Outcome, Request, Response, Stamp
from smsway_tencent_sms._config import TencentSmsOptions
from smsway_tencentcloud import Api, decode_results

_BRACKETS = " \t\r\n【】[]"


def encode_send(api: Api, batch: Batch, stamp: Stamp) -> Request:
    """Return the request that sends *batch*, whose parcels all have the content and the options of the first."""
    first = batch.parcels[0]
    content, options = first.content, first.options
    # A sender id is for phones abroad only, and an extension of the sending number for the mainland only.
    mainland = first.phone.calling_code == "86"
    optional = {
        # The console shows signatures in brackets, and the vendor adds them.
        "SignName": content.signature.strip(_BRACKETS),
        "TemplateParamSet": content.params,
        "ExtendCode": options.extend_code if isinstance(options, TencentSmsOptions) and mainland else "",
        "SenderId": "" if mainland else content.sender,
    }
    body = {
        # Plain strs: the encoder takes the long way round for subclasses.
        "PhoneNumberSet": [str(parcel.phone) for parcel in batch.parcels],
        "SmsSdkAppId": api.config.sdk_app_id,
        "TemplateId": content.template,
        **{name: value for name, value in optional.items() if value},
        "SessionContext": stamp.reference,
    }
    return api.request("SendSms", body, stamp, sends=True)


def decode_send(batch: Batch, stamp: Stamp, response: Response) -> list[Outcome]:
    """Return what *response* says of each recipient, in the order of *batch*; raises `UnexpectedResponse`."""
    return decode_results("SendStatusSet", batch, [stamp.reference] * len(batch), response)
