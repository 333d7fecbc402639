"""The rules that hold for every provider."""

from smsway.provider import Batch, Filled, Parcel, ReportQuery, Response, parse_phone
from smsway.testing import ProviderConformance, Sample

ACCOUNT = "ACa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
SERVICE = "MGc3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"
SID = "SMe5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5"

CREATED = f"""{{"account_sid": "{ACCOUNT}", "api_version": "2010-04-01", "body": "Hello! \U0001f44d",
"date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "date_sent": "Thu, 24 Aug 2023 05:01:45 +0000",
"date_updated": "Thu, 24 Aug 2023 05:01:45 +0000", "direction": "outbound-api", "error_code": null,
"error_message": null, "from": "+14155552345", "messaging_service_sid": "{SERVICE}", "num_media": "0",
"num_segments": "1", "price": null, "price_unit": null, "sid": "{SID}", "status": "queued",
"subresource_uris": {{"media": "/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}/Media.json"}},
"to": "+14155552345", "uri": "/2010-04-01/Accounts/{ACCOUNT}/Messages/{SID}.json"}}"""
REFUSED = b"""{"code": 21211, "message": "The 'To' number +1500 is not a valid phone number.",
"more_info": "https://www.twilio.com/docs/errors/21211", "status": 400}"""
NOT_FOUND = f"""{{"code": 20404, "message": "The requested resource /2010-04-01/Accounts/{ACCOUNT}/Messages.json was
not found", "more_info": "https://www.twilio.com/docs/errors/20404", "status": 404}}""".replace("\n", " ")
LISTED = f"""{{"end": 0, "first_page_uri": "/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1000&Page=0",
"next_page_uri": null, "page": 0, "page_size": 1000, "previous_page_uri": null, "messages": [{CREATED}], "start": 0,
"uri": "/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1000&Page=0"}}"""

OAI = "twilio-oai 2.6.7, spec/json/twilio_api_v2010.json"
PHONE = parse_phone("+14155552345")
BATCH = Batch([Parcel(PHONE, Filled(text="Hello! \U0001f44d", sender=SERVICE))])
AUGUST_2023 = ReportQuery(since=1_690_848_000, until=1_693_526_400, phone=PHONE)


class TestTwilio(ProviderConformance):
    provider = "twilio"
    settings = {
        "account_sid": ACCOUNT,
        "api_key_sid": "SKb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2",
        "api_key_secret": "literal:Vt7x9GARNpq86cd98joQYCN3EXAMPLE",
        "auth_token": "literal:5f03a35d00ee52a21327ab048186a2c4",
        "status_callback": "literal:https://hooks.example/sms/world/kV9mPq3ZsT5wX7yB1cD4fG6hJ8lN0oR2uA5eI7kM",
    }
    template_ids = ("HXd4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4", "HXe5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5")
    signature = ""
    sender = SERVICE
    samples = (
        Sample(
            name="a message that was created",
            source=f"{OAI}, sample `create`",
            answers=[Response(201, CREATED.encode())],
            batch=BATCH,
            statuses=["accepted"],
            codes=[None],
        ),
        Sample(
            name="a refusal",
            source="https://www.twilio.com/docs/usage/twilios-response",
            answers=[Response(400, REFUSED)],
            batch=BATCH,
            statuses=["rejected"],
            codes=["21211"],
        ),
        Sample(
            name="an account that is not there",
            source="answers that users show, without a date",
            answers=[Response(404, NOT_FOUND.encode())],
            batch=BATCH,
            statuses=["rejected"],
            codes=["20404"],
        ),
        Sample(
            name="find_reports of a phone",
            source=f"{OAI}, `ListMessage`",
            answers=[LISTED.encode()],
            call=lambda provider, stamp: provider.find_reports(AUGUST_2023, stamp),
        ),
    )
