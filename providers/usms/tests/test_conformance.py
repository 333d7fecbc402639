"""The rules that hold for every provider."""

from smsway.provider import SignatureDraft
from smsway.testing import ProviderConformance


class TestUsms(ProviderConformance):
    provider = "usms"
    settings = {
        "project_id": "org-1",
        "public_key": "literal:ucloudsomeone@example.com1296235120854146120",
        "private_key": "literal:46f09bb9fab4f12dfc160dae12273d5332b5debe",
    }
    template_ids = ("UTA20212831C85C", "UTA20212831C85D")
    signature = "SCloud"
    signature_draft = SignatureDraft(
        text="Acme Shop", remark="Our brand", picture=b"\x89PNG\r\n\x1a\n", options={"sig_type": 0}
    )
    signature_change = SignatureDraft(text="Acme Shop", picture=b"\x89PNG\r\n\x1a\n", options={"sig_type": 0})
