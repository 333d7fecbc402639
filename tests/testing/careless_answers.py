"""Careless readers: what is made of the vendor's answers to a batch."""

from careless import Careless

_TALLY = """    tally = Tally(batch)
    for item in answer.items:
        result = Result.model_validate(item)
        tally.book(_outcome(tally.parcel(result.to), result))
    return tally.outcomes()
"""
_READ = """    with decoding(response):
        return _booked(batch, stamp, response)
"""
_ALL_ACCEPTED = "[accepted(parcel) for parcel in batch.parcels]"
_ALL_REJECTED = '[rejected(parcel, Reason.PROVIDER_FAILURE, "500") for parcel in batch.parcels]'
_SUBMIT = """        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)
"""

CARELESS = (
    Careless(
        "results are matched by their place",
        {
            _TALLY: """    results = map(Result.model_validate, answer.items)
    return [_outcome(parcel, result) for parcel, result in zip(batch.parcels, results)]
"""
        },
        {
            "test_results_in_another_order_are_booked_on_the_right_recipients": "book results by what they name",
            "test_a_missing_result_leaves_its_recipient_unknown": "recipients got 3 outcomes",
            "test_no_reshaping_of_the_results_makes_a_false_outcome": "recipient",
            "test_a_result_for_a_stranger_makes_the_answer_suspect": "a result for a stranger is believed",
        },
    ),
    Careless(
        "the first result is everybody's",
        {
            _TALLY: """    result = Result.model_validate(answer.items[0])
    return [_outcome(parcel, result) for parcel in batch.parcels]
"""
        },
        {
            "test_a_refused_recipient_is_rejected_and_the_others_are_accepted": "it would be sent again",
            "test_a_balance_that_ends_in_the_middle_of_a_batch_is_told_of_each": "is accepted, and the vendor did not",
        },
    ),
    Careless(
        "one who is refused takes the others along",
        {
            "    return tally.outcomes()\n": """    outcomes = tally.outcomes()
    worst = next((each for each in outcomes if each.reason), None)
    return outcomes if worst is None else [rejected(each, worst.reason, worst.code) for each in batch.parcels]
"""
        },
        {"test_a_refused_recipient_is_rejected_and_the_others_are_accepted": "and the vendor took the text"},
    ),
    Careless(
        "any HTTP 200 is success",
        {_READ: f"    if response.status == 200:\n        return {_ALL_ACCEPTED}\n{_READ}"},
        {
            "test_what_is_no_answer_is_refused_at_every_step_of_a_send": "the vendor did not take the text",
            "test_success_of_http_is_no_success_of_the_text": "a refusal with HTTP status 200 is taken for success",
            "test_an_empty_balance_accepts_nobody": "is accepted",
        },
    ),
    Careless(
        "an error page is a refusal",
        {_READ: f"    if response.status >= 500:\n        return {_ALL_REJECTED}\n{_READ}"},
        {
            "test_what_is_no_answer_is_refused_at_every_step_of_a_send": "status 500: recipient 0 is rejected",
            "test_no_fault_doubles_a_text_or_makes_a_false_result[http_500]": "http_500: an attempt says not_sent",
        },
    ),
    Careless(
        "a whole answer with the code of success is everybody's",
        {_TALLY: f"    return {_ALL_ACCEPTED}\n"},
        {
            "test_no_results_at_all_accept_and_reject_nobody": "the vendor did not take the text",
            "test_each_refusal_has_its_reason_and_keeps_the_code": "a text that was refused (invalid_recipient) is",
        },
    ),
    Careless(
        "the vendor's code is lost",
        {"conclude(parcel, reason, str(code), words)": "conclude(parcel, reason, None, words)"},
        {"test_each_refusal_has_its_reason_and_keeps_the_code": "lost the vendor's code"},
    ),
    Careless(
        "an opt-out is told as a fault of the account",
        {'"12": Reason.BLOCKED_RECIPIENT': '"12": Reason.PERMISSION'},
        {
            "test_opt_outs_and_bad_numbers_are_told_from_faults_of_the_account": "is told as permission",
            "test_a_recipient_that_the_vendor_refuses_is_asked_of_nobody_else": "another account is asked",
        },
    ),
    Careless(
        "an empty balance is any refusal",
        {'"18": Reason.INSUFFICIENT_BALANCE': '"18": Reason.OTHER'},
        {"test_an_empty_balance_accepts_nobody": "an empty balance is told as"},
    ),
    Careless(
        "throttling is any refusal",
        {'"21": Reason.RATE_LIMITED': '"21": Reason.OTHER'},
        {
            "test_throttling_is_told_as_throttling": "throttling is told as other",
            "test_a_throttled_call_is_told_as_throttled": "throttling is told as other",
        },
    ),
    Careless(
        "a wrong key is any refusal",
        {'"31": Reason.AUTHENTICATION': '"31": Reason.OTHER'},
        {"test_wrong_credentials_accept_nobody": "wrong credentials are told as"},
    ),
    Careless(
        "whom the answer leaves out is accepted",
        {
            "    return tally.outcomes()\n": """    return [
        accepted(parcel) if outcome.reason is Reason.MISSING_RESULT else outcome
        for parcel, outcome in zip(batch.parcels, tally.outcomes())
    ]
"""
        },
        {
            "test_a_missing_result_leaves_its_recipient_unknown": "is accepted, and the vendor did not take the text",
            "test_no_results_at_all_accept_and_reject_nobody": "is accepted, and the vendor did not take the text",
        },
    ),
    Careless(
        "every result is an outcome",
        {
            _TALLY: """    parcels, results = Tally(batch), map(Result.model_validate, answer.items)
    return [_outcome(parcels.parcel(result.to), result) for result in results]
"""
        },
        {"test_a_result_that_comes_twice_counts_once": "4 recipients got 5 outcomes"},
    ),
    Careless(
        "the last of two results counts",
        {
            _TALLY: """    results = {item["to"]: Result.model_validate(item) for item in answer.items}
    tally = Tally(batch)
    for to, result in results.items():
        tally.book(_outcome(tally.parcel(to), result))
    return tally.outcomes()
"""
        },
        {"test_results_that_contradict_each_other_prove_nothing": "it would be sent again"},
    ),
    Careless(
        "surplus results are ignored",
        {
            "        tally.book(_outcome(": "        if result.to not in [parcel.phone for parcel in batch.parcels]:\n"
            "            continue\n        tally.book(_outcome("
        },
        {"test_a_result_for_a_stranger_makes_the_answer_suspect": "a result for a stranger is believed"},
    ),
    Careless(
        "the answer to any request is believed",
        {"    elif answer.ref != stamp.reference:\n": "    elif not answer.ref:\n"},
        {"test_a_good_answer_to_another_request_is_not_believed": "the answer to another request is believed"},
    ),
    Careless(
        "answers echo our reference, and the capabilities do not say so",
        {"    echo=True,\n": ""},
        {"test_an_answer_that_echoes_nothing_is_believed_on_a_fresh_connection_only": "no echo is claimed"},
    ),
    Careless(
        "echo is claimed, and only fresh connections are believed",
        {"    if answer.ref is None:\n": "    if answer.ref == stamp.reference or answer.ref is None:\n"},
        {"test_an_answer_that_echoes_nothing_is_believed_on_a_fresh_connection_only": "echo is claimed, and an answer"},
    ),
    Careless(
        "a refusal without our reference may be anybody's",
        {'response.require_fresh("an answer without ref")': "pass"},
        {"test_a_refusal_that_echoes_nothing_is_believed_on_a_fresh_connection_only": "would be texted again"},
    ),
    Careless(
        "the provider tries again",
        {
            _SUBMIT: """        response = yield encode_send(self.config, batch, stamp)
        if response.status >= 500:
            response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)
"""
        },
        {
            "test_a_request_that_was_not_answered_well_is_never_repeated": "is repeated after an answer",
            "test_what_is_no_answer_is_refused_at_every_step_of_a_send": "the provider sends again",
            "test_no_fault_doubles_a_text_or_makes_a_false_result[http_503]": "somebody is texted 2 times",
        },
    ),
    Careless(
        "a batch that was refused is sent one by one",
        {
            _SUBMIT: """        response = yield encode_send(self.config, batch, stamp)
        outcomes = decode_send(batch, stamp, response)
        if all(outcome.code for outcome in outcomes):
            response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)
"""
        },
        {"test_a_request_that_was_not_answered_well_is_never_repeated": "is repeated after an answer"},
    ),
    Careless(
        "the table lacks a documented code",
        {'    "14": Reason.UNSUPPORTED_DESTINATION,\n': ""},
        {"test_every_code_that_the_side_answers_is_in_the_table": "code 14 is not in ProviderSpec.codes"},
    ),
    Careless(
        "an ambiguous code is a refusal",
        {"unknown if reason is Reason.AMBIGUOUS else rejected": "rejected"},
        {
            "test_each_code_proves_what_the_table_says": "code 10 is ambiguous, and the outcome rejected",
            "test_no_code_of_the_table_is_taken_for_success": "code 10 is ambiguous by the table, and rejected",
        },
    ),
    Careless(
        "success is a range of codes",
        {"    if result.code == OK:": "    if result.code <= 10:"},
        {"test_no_code_of_the_table_is_taken_for_success": "code 10 is taken for success"},
    ),
    Careless(
        "success is what is no error code",
        {"    if result.code == OK:": "    if not CODES.get(str(result.code)):", "import OK,": "import CODES, OK,"},
        {"test_a_code_that_nobody_documented_is_never_success": "a code that is not documented is taken for success"},
    ),
    Careless(
        "a code that nobody knows is a refusal",
        {"or Reason.AMBIGUOUS\n": "or Reason.OTHER\n"},
        {"test_a_code_that_nobody_documented_is_never_success": "a code that is not documented is rejected"},
    ),
    Careless(
        "a message id is success",
        {"    if result.code == OK:": "    if result.id:"},
        {"test_success_under_another_code_is_none": "taken for success whatever its code"},
    ),
    Careless(
        "an answer is read before it is checked",
        {_READ: f'    json.loads(response.body)["ref"]\n{_READ}'},
        {
            "test_json_of_another_shape_is_refused_at_every_step_of_a_send": "TypeError leaves submit",
            "test_what_is_no_answer_is_refused_at_every_step_of_a_send": "JSONDecodeError leaves submit",
        },
    ),
    Careless(
        "silence is success",
        {
            "    code: int\n    items:": "    code: int = 0\n    items:",
            "    tally = Tally(batch)\n": f"    if answer.items is None:\n        return {_ALL_ACCEPTED}\n"
            "    tally = Tally(batch)\n",
        },
        {"test_json_of_another_shape_is_refused_at_every_step_of_a_send": "after {}: recipient 1 is accepted"},
    ),
    Careless(
        "a body is searched for the word of success",
        {_READ: f"    if b'\"code\": 0' in response.body:\n        return {_ALL_ACCEPTED}\n{_READ}"},
        {"test_an_answer_that_is_cut_off_anywhere_accepts_nobody_falsely": "after cut off: recipient 1 is accepted"},
    ),
    Careless(
        "a result without its code is success",
        {"    to: str\n    code: int\n": "    to: str\n    code: int = OK\n"},
        {"test_an_answer_that_lacks_any_member_accepts_nobody_falsely": "items.1.code: recipient 1 is"},
    ),
    Careless(
        "false is zero, and zero is success",
        {"class Result(BaseModel, strict=True):": "class Result(BaseModel):"},
        {"test_an_answer_with_a_member_of_another_type_accepts_nobody_falsely": "items.1.code: recipient 1 is"},
    ),
    Careless(
        "the parser takes a member that is named twice",
        {"    answer = decode_json(response, ANSWER)\n": "    answer = ANSWER.validate_json(response.body)\n"},
        {"test_an_answer_that_names_a_member_twice_is_refused": "is believed"},
    ),
    Careless(
        "an error quotes the answer",
        {
            _READ: """    with decoding(response):
        if not response.body.startswith(b'{"ref"'):
            raise UnexpectedResponse(f"this is no answer: {response.body!r}")
        return _booked(batch, stamp, response)
"""
        },
        {
            "test_errors_quote_nothing_of_the_answer": "an error quotes the answer",
            "test_nothing_private_is_in_an_error": "the code is in an error",
        },
    ),
    Careless(
        "the vendor's words are kept as they are",
        {
            "    return conclude(parcel, reason, str(code), words)\n": """\
    outcome = conclude(parcel, reason, str(code))
    outcome.detail = words
    return outcome
"""
        },
        {"test_details_of_refusals_are_cleaned": "the detail of an outcome holds the phone"},
    ),
    Careless(
        "a recorded code is read otherwise",
        {'"14": Reason.UNSUPPORTED_DESTINATION': '"14": Reason.AMBIGUOUS'},
        {"test_recorded_answers_mean_what_was_recorded": "sample 'one taken, one in a country that is not served'"},
    ),
)
