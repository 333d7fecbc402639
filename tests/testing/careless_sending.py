"""Careless requests: what is asked of the vendor."""

from careless import Careless

_SUBMIT = """        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)
"""

CARELESS = (
    Careless(
        "submit returns a list",
        {_SUBMIT: "        return [encode_send(self.config, batch, stamp)]\n"},
        {"test_submitting_is_a_generator_that_ends_with_outcomes": "submit returns a list, not a generator"},
    ),
    Careless(
        "a clock is in the body",
        {
            "import json\nfrom collections.abc import Callable, Sequence": "import json\nimport time\n"
            "from collections.abc import Callable, Sequence",
            '{"ref": stamp.reference, **content}': '{"ref": stamp.reference, "at": time.time(), **content}',
        },
        {
            "test_the_same_batch_and_stamp_make_the_same_bytes": "makes other bytes",
            "test_the_same_call_and_stamp_make_the_same_bytes": "makes other bytes",
            "test_the_package_reads_no_clock_and_takes_no_chances": "calls time.time",
        },
    ),
    Careless(
        "a random number is in the body",
        {
            "import json\nfrom collections.abc import Callable, Sequence": "import json\nimport random\n"
            "from collections.abc import Callable, Sequence",
            '{"ref": stamp.reference, **content}': '{"ref": stamp.reference, "salt": random.random(), **content}',
        },
        {
            "test_the_same_batch_and_stamp_make_the_same_bytes": "makes other bytes",
            "test_the_package_imports_nothing_that_acts": "imports random: chance makes other bytes",
        },
    ),
    Careless(
        "every attempt has the same reference",
        {
            '{"ref": stamp.reference, **content}': '{"ref": "acme", **content}',
            "elif answer.ref != stamp.reference:": 'elif answer.ref != "acme":',
        },
        {
            "test_another_stamp_makes_other_bytes_if_answers_echo_it": "different stamps make the same request",
            "test_the_side_notes_our_reference_where_answers_echo_it": "does not note our reference",
            "test_a_good_answer_to_another_request_is_not_believed": "the answer to another request is believed",
        },
    ),
    Careless(
        "the batch under way is an attribute",
        {
            "@dataclass(frozen=True, slots=True)\nclass Acme": "@dataclass\nclass Acme",
            _SUBMIT: """        self.batch = batch
        response = yield encode_send(self.config, batch, stamp)
        return decode_send(self.batch, stamp, response)
""",
        },
        {
            "test_two_exchanges_of_one_provider_do_not_mix": "two exchanges under way at once mix",
            "test_an_exchange_keeps_nothing_of_an_earlier_one": "attribute batch of the provider keeps something",
        },
    ),
    Careless(
        "all accounts share a table of what was sent",
        {
            "    most_reports: ClassVar[int] = 50\n": "    most_reports: ClassVar[int] = 50\n    sent = {}\n",
            _SUBMIT: f"        self.sent[stamp.reference] = list(batch.parcels)\n{_SUBMIT}",
        },
        {"test_an_exchange_keeps_nothing_of_an_earlier_one": "Acme.sent keeps something"},
    ),
    Careless(
        "a parcel is written to",
        {
            "    content, options = parcel.content, parcel.options or AcmeOptions()\n": """\
    parcel.options = parcel.options or AcmeOptions()
    content, options = parcel.content, parcel.options
"""
        },
        {"test_a_batch_is_not_changed": "submit has changed its batch"},
    ),
    Careless(
        "an exchange that is given up asks on",
        {
            _SUBMIT: """        try:
            response = yield encode_send(self.config, batch, stamp)
        finally:
            yield encode(self.config, "bye", stamp)
        return decode_send(batch, stamp, response)
"""
        },
        {"test_an_exchange_can_be_given_up_at_every_request": "does not end"},
    ),
    Careless(
        "a body has no type",
        {'{"Content-Type": "application/json", "X-Key"': '{"X-Key"'},
        {"test_requests_are_well_formed": "no Content-Type"},
    ),
    Careless(
        "the address stands in the code",
        {'f"{config.base_url}/{call}"': 'f"https://api.acme.example/{call}"'},
        {
            "test_requests_go_where_the_settings_say": "elsewhere than base_url says",
            "test_requests_of_calls_go_where_the_settings_say_and_hold_no_secret_in_their_url": "goes elsewhere",
        },
    ),
    Careless(
        "the secret is in the URL",
        {'f"{config.base_url}/{call}"': 'f"{config.base_url}/{call}?key={config.api_key.get_secret_value()}"'},
        {
            "test_urls_hold_no_secret_no_phone_and_no_content": "a secret stands in the URL",
            "test_requests_of_calls_go_where_the_settings_say_and_hold_no_secret_in_their_url": "a secret stands",
        },
    ),
    Careless(
        "the phones are in the URL",
        {
            'encode(config, "send", stamp, sends=True, items=items)': 'encode(config, "send?to=" + '
            '"".join(each.phone for each in batch.parcels), stamp, sends=True, items=items)'
        },
        {"test_urls_hold_no_secret_no_phone_and_no_content": "a phone stands in the URL"},
    ),
    Careless(
        "the request that sends says that it does not",
        {'encode(config, "send", stamp, sends=True, items=items)': 'encode(config, "send", stamp, items=items)'},
        {"test_only_requests_that_cannot_send_say_so": "no request says that it sends"},
    ),
    Careless(
        "not every kind has a word",
        {
            'encode(config, "send", stamp, sends=True, items=items)': 'encode(config, "send", stamp, sends=True, '
            'items=items, kind={"otp": 1, "notification": 2}[batch.kind])'
        },
        {"test_every_kind_of_message_can_be_sent": "kind marketing makes submit raise KeyError"},
    ),
    Careless(
        "no options are others than the defaults",
        {'        "flash": options.flash,\n': '        **({"flash": options.flash} if parcel.options else {}),\n'},
        {"test_options_left_at_their_defaults_change_nothing": "options with their defaults make another request"},
    ),
    Careless(
        "the calling code of one country is dropped",
        {'"to": parcel.phone,': '"to": f"+{parcel.phone.national}" if parcel.phone.country == "FR" else parcel.phone,'},
        {"test_every_phone_that_the_capabilities_claim_arrives_as_it_is": "phones of FR do not reach the vendor"},
    ),
    Careless(
        "the limit of a batch is too large",
        {"max_batch=20,": "max_batch=50,"},
        {"test_a_full_batch_is_taken_whole_and_in_order": "batch of 50 (US) 0 were accepted; lower max_batch"},
    ),
    Careless(
        "one recipient is written otherwise than many",
        {"sends=True, items=items)": "sends=True, items=items if items[1:] else items[0])"},
        {"test_a_batch_of_every_small_size_is_taken": "1 to US"},
    ),
    Careless(
        "free text goes out as a template",
        {'{"text": content.text}\n': '{"template": content.text, "params": ()}\n'},
        {"test_what_the_capabilities_claim_to_carry_is_carried": "is not accepted: template_refused 16"},
    ),
    Careless(
        "templates are claimed and text is not, nor carried",
        {"    text=True,\n    template=True,\n": ""},
        {"test_what_the_capabilities_claim_to_carry_is_carried": "claim neither text nor templates"},
    ),
    Careless(
        "text is Latin-1",
        {'{"text": content.text}\n': '{"text": (content.text or "").encode("latin-1", "ignore").decode("latin-1")}\n'},
        {
            "test_free_text_arrives_to_the_letter[Chinese]": "does not arrive to the letter",
            "test_any_free_text_arrives_to_the_letter": "does not arrive to the letter",
        },
    ),
    Careless(
        "text is escaped twice",
        {'{"text": content.text}\n': '{"text": json.dumps(content.text, ensure_ascii=False)[1:-1]}\n'},
        {"test_free_text_arrives_to_the_letter[quotes and backslashes]": "does not arrive to the letter"},
    ),
    Careless(
        "text is cut at one segment",
        {'{"text": content.text}\n': '{"text": (content.text or "")[:160]}\n'},
        {"test_free_text_arrives_to_the_letter[161 septets]": "does not arrive to the letter"},
    ),
    Careless(
        "spaces are tidied up",
        {'{"text": content.text}\n': '{"text": " ".join((content.text or "").split(" ")).replace("  ", " ")}\n'},
        {"test_free_text_arrives_to_the_letter[two spaces]": "does not arrive to the letter"},
    ),
    Careless(
        "params are sorted",
        {'"params": content.params}': '"params": sorted(content.params)}'},
        {"test_the_params_of_a_template_arrive_in_their_order": "they do not arrive in their order"},
    ),
    Careless(
        "params are escaped for a form",
        {
            '"params": content.params}': '"params": [quote_plus(param) for param in content.params]}',
            "import json\nfrom collections.abc import Callable, Sequence": "import json\n"
            "from urllib.parse import quote_plus\nfrom collections.abc import Callable, Sequence",
        },
        {"test_params_arrive_to_the_letter[a b]": "a param with 'a b' does not arrive as it is"},
    ),
    Careless(
        "there is one template only",
        {'{"template": content.template,': '{"template": "T1",'},
        {"test_the_template_is_the_one_that_was_named": "another template is sent than was named"},
    ),
    Careless(
        "everybody gets the first one's content",
        {
            "[_item(parcel) for parcel in batch.parcels]": '[{**_item(batch.parcels[0]), "to": parcel.phone} '
            "for parcel in batch.parcels]"
        },
        {"test_each_recipient_gets_its_own_content": "do not get each its own content"},
    ),
    Careless(
        "the vendor's message id is dropped",
        {"accepted(parcel, message_id=result.id)": "accepted(parcel)"},
        {"test_an_accepted_text_has_the_message_id_that_reports_will_name": "not those that the vendor gave"},
    ),
    Careless(
        "a request is a GET",
        {"headers, body, sends=sends)": 'headers, body, "GET", sends)'},
        {"test_a_message_goes_through": "invalid_request 32"},
    ),
)
