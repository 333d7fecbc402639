"""Careless packages, settings and claims."""

from careless import Careless

CARELESS = (
    Careless(
        "the entry point has another name than the provider",
        {"acme = smsway_acme": "acme-sms = smsway_acme"},
        {"test_the_entry_point_registers_a_provider_of_this_name": "0 entry points of smsway.providers"},
    ),
    Careless(
        "a room of the core is imported",
        {"import re\n": "import re\n\nfrom smsway.model import Phone\n"},
        {"test_the_package_enters_through_the_door_only": "_config.py imports smsway.model"},
    ),
    Careless(
        "an HTTP library is imported",
        {"import re\n": "import re\n\nimport httpx\n"},
        {"test_the_package_imports_nothing_that_acts": "imports httpx: a provider does no I/O"},
    ),
    Careless(
        "a logger is made",
        {"import re\n": "import logging\nimport re\n"},
        {"test_the_package_imports_nothing_that_acts": "imports logging: a log line may hold phones"},
    ),
    Careless(
        "a clock is read under another name",
        {
            "import json\nfrom collections.abc import Callable, Sequence": "import json\nfrom time import time as now\n"
            "from collections.abc import Callable, Sequence",
            '{"ref": stamp.reference, **content}': '{"ref": stamp.reference, "at": int(now()), **content}',
        },
        {"test_the_package_reads_no_clock_and_takes_no_chances": "calls time.time; use stamp.now"},
    ),
    Careless(
        "another provider is built upon",
        {"import re\n": "import re\n\nimport smsway_usms\n"},
        {"test_the_package_imports_no_other_provider": "imports smsway_usms, which is another provider's"},
    ),
    Careless(
        "py.typed is forgotten",
        {"smsway_acme/py.typed": None},
        {"test_the_package_is_typed": "no py.typed"},
    ),
    Careless(
        "any core will do",
        {"Requires-Dist: smsway<0.2,>=0.1": "Requires-Dist: smsway"},
        {"test_the_distribution_says_which_core_it_is_for": "no bounded version of smsway"},
    ),
    Careless(
        "there is no licence",
        {"License-Expression: MIT\n": ""},
        {"test_the_distribution_says_which_core_it_is_for": "no licence"},
    ),
    Careless(
        "a setting is required that nobody documents",
        {"api_key: Credential\n": "api_key: Credential\n    pool: str\n"},
        {"test_the_declared_settings_make_an_account": "pool"},
    ),
    Careless(
        "everybody has to look the address up",
        {
            'base_url: str = "https://api.acme.example"': "base_url: str",
            'settings = {"api_key"': 'settings = {"base_url": "https://api.acme.example", "api_key"',
        },
        {"test_the_default_address_is_the_vendors_and_encrypted": "no https address as default"},
    ),
    Careless(
        "unknown settings are ignored",
        {"class AcmeConfig(AccountConfig):": 'class AcmeConfig(AccountConfig, extra="ignore"):'},
        {"test_unknown_settings_are_refused": "an unknown setting is ignored"},
    ),
    Careless(
        "a missing setting is noticed by hand, and not named",
        {
            "api_key: Credential\n": "api_key: Credential\n\n    @model_validator(mode='before')\n    @classmethod\n"
            "    def _whole(cls, given):\n        if len(given) < 1 or 'api_key' not in given:\n"
            "            raise ValueError('the settings are not complete')\n        return given\n",
            "import re\n": "import re\n\nfrom pydantic import model_validator\n",
        },
        {"test_each_setting_that_is_required_is_named_when_it_is_missing": "missing setting api_key does not name it"},
    ),
    Careless(
        "a secret is a plain text",
        {"api_key: Credential\n": "api_key: str\n", "config.api_key.get_secret_value()}": "config.api_key}"},
        {"test_secrets_are_declared_as_secrets": "api_key is a secret by its name"},
    ),
    Careless(
        "a secret may have been copied with white space",
        {"api_key: Credential\n": "api_key: SecretStr\n", "AccountConfig, Credential,": "AccountConfig, SecretStr,"},
        {"test_secrets_that_are_copied_with_white_space_are_refused": "api_key is taken empty, or with white space"},
    ),
    Careless(
        "settings print their secret",
        {
            "api_key: Credential\n": "api_key: Credential\n\n    def __repr__(self):\n"
            "        return f'AcmeConfig({self.api_key.get_secret_value()})'\n"
        },
        {
            "test_settings_never_show_their_secrets": "a secret is shown",
            "test_nothing_private_is_in_a_repr": "a secret is in a repr",
        },
    ),
    Careless(
        "an error about the settings quotes them",
        {"class AcmeConfig(AccountConfig):": "class AcmeConfig(AccountConfig, hide_input_in_errors=False):"},
        {"test_settings_never_show_their_secrets": "a secret is shown"},
    ),
    Careless(
        "settings can be pickled",
        {"api_key: Credential\n": "api_key: Credential\n    __reduce__ = object.__reduce__\n"},
        {"test_settings_never_show_their_secrets": "can be pickled"},
    ),
    Careless(
        "settings can be changed",
        {"class AcmeConfig(AccountConfig):": "class AcmeConfig(AccountConfig, frozen=False):"},
        {"test_settings_cannot_be_changed": "can be changed"},
    ),
    Careless(
        "a setting is not described",
        {"; *api_key* is the one of the console": ""},
        {"test_every_setting_is_described": "setting api_key is not described"},
    ),
    Careless(
        "unknown options are ignored",
        {"class AcmeOptions(Options):": 'class AcmeOptions(Options, extra="ignore"):'},
        {"test_options_are_strict": "an unknown option is ignored"},
    ),
    Careless(
        "anything is a template id",
        {'text = value.strip() if isinstance(value, str) else ""\n': "return str(value)\n"},
        {"test_template_ids_are_checked": "template_id takes None"},
    ),
    Careless(
        "a bad template id breaks the check of it",
        {'text = value.strip() if isinstance(value, str) else ""\n': "text = value.strip()\n"},
        {"test_template_ids_are_checked": "template_id raises AttributeError"},
    ),
    Careless(
        "a country is written as nobody else does",
        {'apart=frozenset({"US"})': 'apart=frozenset({"UK"})'},
        {"test_the_capabilities_are_possible": "no such countries: UK"},
    ),
    Careless(
        "a facet lacks a method",
        {"def modify_signature(": "def _modify_signature("},
        {"test_facets_are_whole": "facet 'signatures' lacks modify_signature"},
    ),
    Careless(
        "a facet is misspelt",
        {"def get_balance(": "def get_balances("},
        {"test_no_method_is_a_misspelt_facet": "did you mean 'get_balance'"},
    ),
    Careless(
        "a call takes other arguments than its facet",
        {"def answer_callback(self, *, taken: bool)": "def answer_callback(self, taken: bool)"},
        {"test_calls_take_the_arguments_of_their_facets": "answer_callback takes (taken: bool)"},
    ),
    Careless(
        "a rate is given to a call that there is not",
        {'{"get_balance": 1.0}': '{"get_credit": 1.0}'},
        {"test_the_rates_of_calls_are_of_calls_that_there_are": "call_rates names 'get_credit'"},
    ),
    Careless(
        "the codes are in no table",
        {"            codes=CODES,\n": ""},
        {"test_the_codes_of_sending_are_in_a_table": "codes is empty"},
    ),
    Careless(
        "facts come from nowhere",
        {'sources=("https://api.acme.example/docs",)': 'sources=("the handbook",)'},
        {"test_the_facts_have_sources": "neither an address nor a name with a version"},
    ),
    Careless(
        "a code is longer than a phone",
        {'    "32": Reason.INVALID_REQUEST,\n': '    "32": Reason.INVALID_REQUEST,\n    "40012345": Reason.OTHER,\n'},
        {"test_every_code_can_be_kept": "cannot keep the codes"},
    ),
    Careless(
        "a country is billed by no rule",
        {
            "from smsway.provider import Capabilities,": "from smsway.provider import STANDARD, Capabilities,",
            "    rate=20,\n": '    rate=20,\n    segments={"US": STANDARD},\n',
        },
        {"test_the_segments_that_are_counted_are_the_vendors": "none for '*'"},
    ),
    Careless(
        "there is neither a sandbox nor a sample",
        {"            sandbox=_side,\n": "", "    samples = (SENT, LEFT)\n": ""},
        {"test_the_provider_brings_its_side_of_the_sandbox": "neither a side of the sandbox nor a sample"},
    ),
    Careless(
        "whoever sends loads the sandbox",
        {"_provider import Acme\n": "_provider import Acme\nfrom smsway_acme._sandbox import AcmeSide\n"},
        {"test_sending_never_loads_the_sandbox": "importing smsway_acme imports smsway_acme._sandbox"},
    ),
    Careless(
        "a check of the kit is replaced afterwards",
        {"= (SENT, LEFT)\n": "= (SENT, LEFT)\n\n\nTestAcme.test_options_are_strict = lambda self: None\n"},
        {"test_no_check_was_redefined_or_removed": "test_options_are_strict is not the kit's"},
    ),
    Careless(
        "nothing says that a text needs a signature",
        {'    needs_signature=frozenset({"*"}),\n': ""},
        {"test_what_a_text_cannot_go_without_is_claimed": "takes no text to US without a signature; say so in needs"},
    ),
    Careless(
        "a sender is asked for that the vendor does not need",
        {"    apart=": '    needs_sender=frozenset({"*"}),\n    apart='},
        {"test_what_a_text_cannot_go_without_is_claimed": "and the vendor takes a text without a sender"},
    ),
    Careless(
        "the example has a secret in it",
        {"env:ACME_API_KEY": "literal:a-key"},
        {"test_the_example_is_an_account": "the example's api_key is no reference such as env:NAME"},
    ),
    Careless(
        "the example has a setting that there is not",
        {'api_key = "env:ACME_API_KEY"': 'api_kez = "env:ACME_API_KEY"'},
        {"test_the_example_is_an_account": "the example is no account: invalid configuration"},
    ),
)
