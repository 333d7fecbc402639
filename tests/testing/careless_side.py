"""Careless sides of the sandbox."""

from careless import Careless

CARELESS = (
    Careless(
        "the side does not tell what it was sent",
        {'desk.accept(item["to"], ref, **said)': 'desk.accept(item["to"], ref)'},
        {"test_the_side_tells_what_it_was_sent": "the side does not tell what it was sent"},
    ),
    Careless(
        "the side posts nothing",
        {"    def push(self,": "    def _push(self,"},
        {"test_a_side_that_pushes_has_a_provider_that_takes_callbacks": "by one half only"},
    ),
    Careless(
        "the side breaks over garbage",
        {
            """        except (LookupError, TypeError, ValueError, RecursionError):
            return {"code": 32}
""": """        except LookupError:
            return {"code": 32}
"""
        },
        {"test_the_side_breaks_over_no_request": "the side raises JSONDecodeError over a body of 0 bytes"},
    ),
    Careless(
        "the side is deaf to the method",
        {"_CALLS[call.method, call.path]": '_CALLS["POST", call.path]'},
        {"test_the_side_knows_its_own_addresses_only": "by any method"},
    ),
    Careless(
        "the side answers at any address",
        {"_CALLS[call.method, call.path]": "_CALLS.get((call.method, call.path), _send)"},
        {"test_the_side_knows_its_own_addresses_only": "the side takes texts at any address"},
    ),
    Careless(
        "the side knows whoever asks",
        {'call.headers.get("x-key") != self._key': 'call.headers.get("x-key") is None'},
        {"test_the_side_checks_who_asks": "from whoever has the wrong credentials"},
    ),
    Careless(
        "the side asks nobody whether to refuse",
        {'desk.refusal(item["to"]) or _unfit(item, desk)': "_unfit(item, desk)"},
        {"test_the_side_refuses_for_every_reason_without_sending": "the side sends though the desk refuses"},
    ),
    Careless(
        "the side forgets our reference",
        {'desk.accept(item["to"], ref, **said)': 'desk.accept(item["to"], **said)'},
        {"test_the_side_notes_our_reference_where_answers_echo_it": "the side does not note our reference"},
    ),
    Careless(
        "the side has a clock of its own",
        {
            '{"ref": asked["ref"], "code": 0,': '{"ref": asked["ref"], "at": time.perf_counter_ns(), "code": 0,',
            "import json\nfrom collections.abc import Callable, Mapping": "import json\nimport time\n"
            "from collections.abc import Callable, Mapping",
        },
        {
            "test_the_side_is_as_deterministic_as_the_provider": "answers the same request otherwise",
            "test_the_package_reads_no_clock_and_takes_no_chances": "calls time.perf_counter_ns",
        },
    ),
    Careless(
        "the side looks for a header as the provider writes it",
        {'call.headers.get("x-key")': 'call.headers.get("X-Key")'},
        {"test_the_sides_headers_and_paths_are_read_as_the_server_gives_them": "the side refuses a good request"},
    ),
)
