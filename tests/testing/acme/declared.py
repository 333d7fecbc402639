"""What the author of `acme` declares; it is installed as `test_acme.py`."""

from smsway.provider import Batch, Filled, Parcel, parse_phone
from smsway.testing import ProviderConformance, Sample, frozen_stamp

REF = frozen_stamp().reference.encode()
SENT = Sample(
    name="one taken, one in a country that is not served",
    source="https://api.acme.example/docs#send",
    batch=Batch([Parcel(parse_phone(phone), Filled(text="Hello")) for phone in ("+6598765432", "+442079460000")]),
    answers=[
        b'{"ref": "%b", "code": 0, "items": [{"to": "+442079460000", "code": 14}, '
        b'{"to": "+6598765432", "code": 0, "id": "m1"}]}' % REF
    ],
    statuses=["accepted", "rejected"],
    codes=[None, "14"],
)
LEFT = Sample(
    name="what is left",
    source="https://api.acme.example/docs#balance",
    call=lambda acme, stamp: acme.get_balance(stamp),
    answers=[b'{"ref": "%b", "code": 0, "items": [{"texts": 12}]}' % REF],
)


class TestAcme(ProviderConformance):
    provider = "acme"
    settings = {"api_key": "literal:a-key-of-acme"}
    template_ids = ("T1", "T2")
    sender = "ACME"
    samples = (SENT, LEFT)
