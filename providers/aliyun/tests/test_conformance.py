"""The rules that hold for every provider, and answers as the vendor gave them."""

from smsway.provider import Batch, Filled, Parcel, Response, TemplateDraft, parse_phone
from smsway.testing import ProviderConformance, Sample

SIGN = "\u963f\u91cc\u4e91"

TAKEN = b"""{"Message":"OK","RequestId":"8BDA5C5C-FE60-420D-9AE9-E88387631187","BizId":"262922102754043723^0",
"Code":"OK"}"""
TOO_MANY = """{"Message":"触发小时级流控Permits:5","RequestId":"EFB5A5E4-5899-45FB-928E-56A9D25B9392",
"Code":"isv.BUSINESS_LIMIT_CONTROL"}"""
THROTTLED = b"""{"RequestId":"9736ED45-A72D-5D19-8029-7B954391****","HostId":"dysmsapi.aliyuncs.com",
"Code":"Throttling.User","Message":"Request was denied due to user flow control.",
"Recommend":"https://next.api.aliyun.com/troubleshoot?q=Throttling.User&product=Dysmsapi"}"""


def to(*phones: str) -> Batch:
    content = Filled(template="SMS_154950909", params=("1234",), names=("code",), signature=SIGN)
    return Batch([Parcel(parse_phone(phone), content) for phone in phones])


class TestAliyun(ProviderConformance):
    provider = "aliyun"
    settings = {
        "access_key_id": "literal:YourAccessKeyId",
        "access_key_secret": "literal:YourAccessKeySecret",
        "security_token": "literal:YourSecurityToken",
    }
    template_ids = ("SMS_154950909", "SMS_154950910")
    signature = SIGN
    template_draft = TemplateDraft(
        text="Your code is {1}.",
        name="Login",
        remark="Login codes",
        options={"variables": {"code": "numberCaptcha"}, "signature": SIGN},
    )
    samples = (
        Sample(
            name="taken",
            source="github.com/overtrue/easy-sms/issues/272",
            batch=to("+8613700000001", "+8613700000002"),
            answers=[TAKEN],
            statuses=["accepted", "accepted"],
        ),
        Sample(
            name="too many texts to this phone",
            source="github.com/overtrue/easy-sms/issues/83",
            batch=to("+8613700000001"),
            answers=[TOO_MANY.encode()],
            statuses=["rejected"],
            codes=["isv.BUSINESS_LIMIT_CONTROL"],
        ),
        Sample(
            name="too many requests",
            source="help.aliyun.com/document_detail/149360.html, of another product",
            batch=to("+8613700000001", "+8613700000002"),
            answers=[Response(400, THROTTLED)],
            statuses=["rejected", "rejected"],
            codes=["Throttling.User", "Throttling.User"],
        ),
    )
