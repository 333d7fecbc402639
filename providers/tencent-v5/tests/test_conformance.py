"""The rules that hold for every provider."""

from smsway.testing import ProviderConformance


class TestTencentV5(ProviderConformance):
    provider = "tencent-v5"
    settings = {"sdk_app_id": 1400006666, "app_key": "literal:5f03a35d00ee52a21327ab048186a2c4"}
    template_ids = (19, "20")
    signature = "Tencent Cloud"
