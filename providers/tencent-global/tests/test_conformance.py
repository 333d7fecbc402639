"""The rules that hold for every provider."""

from smsway.provider import SignatureDraft
from smsway.testing import ProviderConformance


class TestTencentGlobal(ProviderConformance):
    provider = "tencent-global"
    settings = {
        "region": "ap-singapore",
        "sdk_app_id": "2400006666",
        "secret_id": "literal:AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        "secret_key": "literal:Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
    }
    template_ids = ("1800308", 1800309)
    sender = "ACME"
    signature_draft = SignatureDraft(
        text="Acme Shop", picture=b"\xff\xd8\xff", options={"sign_type": 0, "document_type": 1}
    )
