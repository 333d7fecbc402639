"""The rules that hold for every provider."""

from smsway.testing import ProviderConformance


class TestTwilio(ProviderConformance):
    provider = "twilio"
    settings = {
        "account_sid": "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
        "api_key_sid": "SKb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "api_key_secret": "literal:Vt7x9GARNpq86cd98joQYCN3EXAMPLE",
        "auth_token": "literal:5f03a35d00ee52a21327ab048186a2c4",
        "status_callback": "literal:https://hooks.example/sms/world/kV9mPq3ZsT5wX7yB1cD4fG6hJ8lN0oR2uA5eI7kM",
    }
    template_ids = ("HXd4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4", "HXe5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5")
    signature = ""
    sender = "MGc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
