"""The rules that hold for every provider."""

from smsway.provider import SignatureDraft
from smsway.testing import ProviderConformance


class TestTencentSms(ProviderConformance):
    provider = "tencent-sms"
    settings = {
        "sdk_app_id": "1400006666",
        "secret_id": "literal:AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        "secret_key": "literal:Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
    }
    template_ids = ("1110", 1111)
    signature = "腾讯云"
    sender = "ACME"
    signature_draft = SignatureDraft(
        text="Acme Shop",
        picture=b"\xff\xd8\xff",
        options={"sign_type": 0, "document_type": 1, "qualification_id": 1},
    )
