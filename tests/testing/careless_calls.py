"""Careless facets: reports, messages from phones, callbacks, templates, signatures, counts and the balance."""

from careless import Careless

_ASK = """        response = yield encode(self.config, call, stamp, **content)
        return decode(stamp, response, make)
"""
_READ = """    with decoding(response):
        return _page(stamp, response, make)
"""

CARELESS = (
    Careless(
        "a call goes to an address that there is not",
        {'_ask_one("balance"': '_ask_one("credit"'},
        {"test_every_call_succeeds_with_the_side": "get_balance does not succeed"},
    ),
    Careless(
        "a call is no generator",
        {'return self._ask_one("balance", stamp, balance_of)': 'return [encode(self.config, "balance", stamp)]'},
        {"test_calls_are_generators_that_do_nothing_before_they_are_asked": "get_balance returns a list"},
    ),
    Careless(
        "a call counts itself",
        {
            "        response = yield encode(self.config, call, stamp, **content)\n        return decode_one": """\
        COUNT.append(call)
        response = yield encode(self.config, call, stamp, number=len(COUNT), **content)
        return decode_one""",
            "_POSTED = TypeAdapter(_Posted)\n": "_POSTED = TypeAdapter(_Posted)\nCOUNT = []\n",
        },
        {"test_the_same_call_and_stamp_make_the_same_bytes": "makes other bytes the second time"},
    ),
    Careless(
        "a refused call has lost its code",
        {"raise refused(reason_of(answer.code), str(answer.code))": "raise refused(reason_of(answer.code), None)"},
        {"test_a_refused_call_raises_call_failed_with_the_code": "is refused without a reason or without the vendor's"},
    ),
    Careless(
        "a refused call gives nothing",
        {"raise refused(reason_of(answer.code), str(answer.code))": "return Page([])"},
        {"test_a_refused_call_raises_call_failed_with_the_code": "is refused for its credentials, and returns"},
    ),
    Careless(
        "no answer is nothing",
        {
            _ASK: """        try:
            response = yield encode(self.config, call, stamp, **content)
        except CallFailed:
            return Page([])
        return decode(stamp, response, make)
""",
            "    CallbackAnswer,\n": "    CallbackAnswer,\n    CallFailed,\n",
        },
        {"test_a_call_survives_that_no_answer_comes": "a part would look like the whole"},
    ),
    Careless(
        "any limit is passed on",
        {"    if not 1 <= limit <= most:\n": "    if limit < 1:\n"},
        {"test_calls_beyond_a_limit_are_refused_before_anything_is_asked": "pull_reports asks for 51"},
    ),
    Careless(
        "an empty page is an empty queue",
        {_READ: f"    if response.status == 200 and not response.body.strip():\n        return Page([])\n{_READ}"},
        {"test_what_is_no_answer_is_refused_at_every_step_of_every_call": "takes nothing with status 200"},
    ),
    Careless(
        "null is an empty queue",
        {_READ: f'    if response.body == b"null":\n        return Page([])\n{_READ}'},
        {"test_json_of_another_shape_breaks_no_call": "takes null for an answer"},
    ),
    Careless(
        "half an answer is an empty queue",
        {
            _READ: f"""    try:
        json.loads(response.body)
    except ValueError:
        return Page([])
{_READ}"""
        },
        {
            "test_an_answer_that_is_cut_off_anywhere_breaks_no_call": "takes cut off for an answer",
            "test_what_is_no_answer_is_refused_at_every_step_of_every_call": "for an answer",
        },
    ),
    Careless(
        "records are read where nothing catches what breaks",
        {
            _READ: """    with decoding(response):
        page = _page(stamp, response, lambda item: item)
    return Page([make(item) for item in page.items], page.next)
"""
        },
        {
            "test_an_answer_that_lacks_any_member_breaks_no_call": "ValidationError leaves",
            "test_an_answer_with_a_member_of_another_type_breaks_no_call": "ValidationError leaves",
        },
    ),
    Careless(
        "a report has neither a message id nor our reference",
        {'            provider_message_id=record["id"],\n': "", '            reference=record["ref"],\n': ""},
        {
            "test_a_pulled_report_names_its_text": "a report has not the message id",
            "test_reports_that_are_looked_up_name_their_text": "a report has not the message id",
            "test_a_posted_report_names_its_text": "a report has not the message id",
        },
    ),
    Careless(
        "a time is in milliseconds",
        {'            at=record["at"] / 1000,\n': '            at=float(record["at"]),\n'},
        {"test_a_pulled_report_names_its_text": "not in seconds since the epoch"},
    ),
    Careless(
        "a phone of a report is not in E.164",
        {'recipient=parse_phone(record["to"])': 'recipient=record["to"].removeprefix("+")'},
        {"test_a_posted_report_names_its_text": "write it in E.164"},
    ),
    Careless(
        "a pull takes as many as it can",
        {'self._ask("reports", stamp, report_of, most=limit)': 'self._ask("reports", stamp, report_of, most=50)'},
        {"test_a_pull_takes_so_many_and_leaves_the_rest": "a pull of one takes 2 off the queue"},
    ),
    Careless(
        "an empty queue is no answer",
        {
            "    return Page([make(item) for item in answer.items]": """\
    if not answer.items:
        raise UnexpectedResponse("there is nothing")
    return Page([make(item) for item in answer.items]"""
        },
        {"test_an_empty_queue_is_no_error": "an empty queue of reports is told as an error: there is nothing"},
    ),
    Careless(
        "a message is tidied up",
        {'text=record["text"]': 'text=record["text"].lower()'},
        {
            "test_a_pulled_message_is_the_one_that_was_sent": "does not arrive as it was sent",
            "test_messages_that_are_looked_up_are_those_that_were_sent": "does not arrive as it was sent",
            "test_a_posted_message_is_the_one_that_was_sent": "does not arrive as it was sent",
        },
    ),
    Careless(
        "the sender of a message is not in E.164",
        {"Inbound(sender=sender,": "Inbound(sender=sender.national,"},
        {"test_messages_that_are_looked_up_are_those_that_were_sent": "not in E.164"},
    ),
    Careless(
        "one bad report costs all",
        {'        return Report(recipient="", delivery=Delivery.UNKNOWN, raw={"record": record})\n': "        raise\n"},
        {
            "test_a_record_that_cannot_be_read_does_not_cost_the_others": "pull_reports drops all records for one",
            "test_a_posted_record_that_cannot_be_read_does_not_cost_the_others": "refused as malformed",
        },
    ),
    Careless(
        "reading ends at a bad message",
        {
            "stamp, message_of, most=limit)\n        return page.items\n": "stamp, message_of, most=limit)\n"
            "        return page.items if all(message.sender for message in page.items) else []\n"
        },
        {"test_a_record_that_cannot_be_read_does_not_cost_the_others": "pull_inbound loses a good record"},
    ),
    Careless(
        "all reports of a span are found",
        {'"to": query.phone, "ids": query.message_ids}': '"to": None, "ids": ()}'},
        {"test_nothing_is_found_of_whom_nobody_texted": "reports are found of a phone that nobody texted"},
    ),
    Careless(
        "the first report of a callback is all of them",
        {"map(report_of, posted.reports)": "map(report_of, posted.reports[:1])"},
        {"test_as_many_reports_as_the_vendor_posts_at_once_are_read": "not every report of a callback is read"},
    ),
    Careless(
        "posted messages are forgotten",
        {"map(message_of, posted.messages)": "map(message_of, ())"},
        {"test_a_posted_message_is_the_one_that_was_sent": "what the vendor posts is refused as malformed"},
    ),
    Careless(
        "the receipt is another word",
        {'b"ok" if taken': 'b"OK" if taken'},
        {"test_the_vendor_takes_our_receipt_for_one": "the vendor would post it again though we took it"},
    ),
    Careless(
        "the receipt is always the same",
        {'b"ok" if taken else b"later"': 'b"ok"'},
        {"test_the_vendor_takes_our_receipt_for_one": "would not post it again though we could not"},
    ),
    Careless(
        "a callback is read where nothing catches what breaks",
        {"        with reading(callback):\n    ": ""},
        {"test_what_is_no_callback_is_malformed": "only MalformedCallback may"},
    ),
    Careless(
        "a report without its state says delivered",
        {'STATES[record["state"]]': 'STATES[record.get("state", "delivered")]'},
        {"test_a_callback_that_was_changed_on_its_way_is_no_other_report": "says delivered after reports.0.state"},
    ),
    Careless(
        "bad news have no reason",
        {"(Delivery.UNDELIVERED, Reason.UNREACHABLE_RECIPIENT)": "(Delivery.UNDELIVERED, None)"},
        {"test_a_report_that_is_not_good_news_says_why": "a text that did not arrive has no reason"},
    ),
    Careless(
        "the vendor is asked about a text for ever",
        {"questions=3": "questions=10**6"},
        {"test_verification_is_possible": "without end"},
    ),
    Careless(
        "a changed template is a new one",
        {'self._put("template", template_id, draft, stamp)': 'self._put("template", None, draft, stamp)'},
        {"test_a_template_lives_from_its_draft_to_its_deletion": "a template that was changed has another id"},
    ),
    Careless(
        "no signature is ever deleted",
        {
            'self._ask("signature/delete", stamp, info_of("signature"), ids=signature_ids)': "self._ask("
            '"signature/delete", stamp, info_of("signature"), ids=())'
        },
        {"test_a_signature_lives_from_its_draft_to_its_deletion": "a deleted signature is still found"},
    ),
    Careless(
        "the reviewer's words are dropped",
        {"text=kept.text, detail=kept.words or None,": "text=kept.text,"},
        {"test_the_reviewer_s_words_come_along": "the reviewer's words are lost"},
    ),
    Careless(
        "a list ends with its first page",
        {"None if answer.next is None else str(answer.next))": "None)"},
        {
            "test_every_template_is_listed_once": "not every template is listed once",
            "test_every_signature_is_listed_once": "not every signature is listed once",
        },
    ),
    Careless(
        "any text is a cursor",
        {
            "    return int(cursor or 0)\n": "    return 0\n",
            "    if cursor is not None and not (cursor.isascii() and cursor.isdecimal()):\n": "    if cursor == '':\n",
        },
        {"test_a_cursor_that_is_none_is_refused": "list_templates with the cursor 'no cursor' is asked"},
    ),
    Careless(
        "every signature is found",
        {"next(iter(page.items), None)": 'next(iter(page.items), SignatureInfo(id="", review="pending"))'},
        {"test_a_signature_is_found_by_its_text": "a signature that there is not is found"},
    ),
    Careless(
        "the span of a count is dropped",
        {"            since=since, until=until, requested=": "            since=until, until=until, requested="},
        {"test_sends_are_counted": "another span is counted than was asked for"},
    ),
    Careless(
        "two columns of a count are mixed up",
        {
            "delivered=self.delivered,\n            undelivered=self.undelivered,\n        )\n\n    def": """\
delivered=self.undelivered,
            undelivered=self.delivered,
        )

    def"""
        },
        {"test_deliveries_are_counted": "0 deliveries are counted"},
    ),
    Careless(
        "all templates are counted as one",
        {'template_id=self.template or ""': 'template_id="T1"'},
        {"test_the_texts_of_each_template_are_counted": "are counted"},
    ),
    Careless(
        "a span may end before it begins",
        {"    if since > until:\n": "    if until < 0:\n"},
        {"test_a_span_that_ends_before_it_begins_is_refused": "is asked; raise InvalidCall"},
    ),
    Careless(
        "a balance has no unit",
        {'unit="texts"': 'unit="points"'},
        {"test_the_balance_is_what_is_left": "'points' is no unit"},
    ),
    Careless(
        "the seal of a callback is not looked at",
        {"    if not hmac.compare_digest(": "    if False and not hmac.compare_digest("},
        {"test_a_callback_that_somebody_else_made_is_malformed": "a callback that is not signed is read"},
    ),
    Careless(
        "the seal of a callback is over its body only",
        {
            'signed = callback.url.encode() + b"\\n" + callback.body': "signed = callback.body",
            'signed = f"{url}\\n{push.body.decode()}".encode()': "signed = push.body",
        },
        {"test_a_callback_that_somebody_else_made_is_malformed": "a callback for another address is read"},
    ),
)
