"""Careless talkers: what gets out that must not."""

from careless import Careless

_SUBMIT = """        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)
"""
_READ = """    with decoding(response):
        return _booked(batch, stamp, response)
"""

CARELESS = (
    Careless(
        "the provider prints its key",
        {
            "    config: AcmeConfig\n\n": "    config: AcmeConfig\n\n    def __repr__(self):\n"
            "        return f'Acme({self.config.api_key.get_secret_value()})'\n\n"
        },
        {
            "test_nothing_private_is_in_a_repr": "a secret is in a repr",
            "test_settings_never_show_their_secrets": "a secret is shown",
        },
    ),
    Careless(
        "a log line tells what is sent",
        {
            "    body = json.dumps(": "    logging.getLogger('acme').debug('%s', content)\n    body = json.dumps(",
            "import json\nfrom collections.abc import Callable, Sequence": "import json\nimport logging\n"
            "from collections.abc import Callable, Sequence",
        },
        {
            "test_nothing_private_is_logged": "the code is in a log line",
            "test_the_package_imports_nothing_that_acts": "imports logging",
        },
    ),
    Careless(
        "a log line tells whose report came",
        {
            "    try:\n        delivery,": "    logging.getLogger('acme').info('a report: %s', record)\n"
            "    try:\n        delivery,",
            "abc import Callable, Mapping\n": "abc import Callable, Mapping\nimport logging\n",
        },
        {"test_nothing_private_is_logged": "a phone is in a log line"},
    ),
    Careless(
        "an error tells with which key it was asked",
        {
            _SUBMIT: """        response = yield encode_send(self.config, batch, stamp)
        if response.status != 200:
            raise UnexpectedResponse(f"{response.status} for key {self.config.api_key.get_secret_value()}")
        return decode_send(batch, stamp, response)
""",
            "    Verification,\n    decode_json": "    UnexpectedResponse,\n    Verification,\n    decode_json",
        },
        {"test_nothing_private_is_in_an_error": "a secret is in an error"},
    ),
    Careless(
        "an error tells whom it was about",
        {
            'raise InvalidCall("Acme finds messages by their phone; give one")': "pass",
            "        if query.phone is None:": """\
        if query.message_ids:
            raise InvalidCall(f"ask about {query.phone} without ids")
        if query.phone is None:""",
        },
        {"test_nothing_private_is_in_an_error": "a phone is in an error"},
    ),
    Careless(
        "a note on an error tells what was posted",
        {
            "            return _posted(self.config, callback)\n": """\
            try:
                return _posted(self.config, callback)
            except ValueError as error:
                raise MalformedCallback(f"{callback.body!r} is no callback") from error
"""
        },
        {"test_nothing_private_is_in_an_error": "the code is in an error"},
    ),
    Careless(
        "the answer is a local variable where the error comes by",
        {
            _READ: """    with decoding(response):
        body = response.body.decode()
        return _booked(batch, stamp, response) if body else []
"""
        },
        {"test_nothing_private_is_in_a_traceback_with_locals": "is in a local variable of a traceback"},
    ),
    Careless(
        "the key is a local variable where the error comes by",
        {_SUBMIT: f"        key = self.config.api_key.get_secret_value()\n{_SUBMIT}        assert key\n"},
        {"test_nothing_private_is_in_a_traceback_with_locals": "a secret is in a local variable of a traceback"},
    ),
    Careless(
        "the last answer is kept in the module",
        {
            "ANSWER = TypeAdapter(Answer)\n": "ANSWER = TypeAdapter(Answer)\nLAST = []\n",
            "    answer = decode_json(response, ANSWER)\n": "    LAST.append(response)\n"
            "    answer = decode_json(response, ANSWER)\n",
        },
        {"test_an_exchange_keeps_nothing_of_an_earlier_one": "smsway_acme._wire.LAST keeps something"},
    ),
    Careless(
        "a callback is unpacked where its error passes",
        {
            "            return _posted(self.config, callback)\n": "            posted = callback.body.decode()\n"
            "            return _posted(self.config, callback) if posted else []\n"
        },
        {"test_nothing_private_is_in_a_traceback_with_locals": "is in a local variable of a traceback"},
    ),
)
