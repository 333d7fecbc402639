"""The control API: what it tells, what it takes, and how it refuses."""

import httpx
import pytest

from smsway.model import SandboxSignature

A, B = "+8613700000001", "+8613700000002"


@pytest.fixture
def control_of(http):
    def of(sandbox):
        def call(method, path, json=None, **options):
            return http.request(method, sandbox.control_url + path, json=json, **options)

        return call

    return of


@pytest.fixture
def control(sandbox, control_of):
    return control_of(sandbox)


def test_accounts_tell_where_they_are_and_how_they_stand(sandbox, control):
    sandbox.set_balance("cn", 7)

    told = control("GET", "/accounts").json()

    assert told[0] == {
        "name": "cn",
        "url": sandbox.urls["cn"],
        "balance": 7,
        "rate": None,
        "clock_offset": 0.0,
        "requests": 0,
        "report_delay": 0.0,
        "push_to": None,
    }
    assert [each["name"] for each in told] == ["cn", "world"]
    assert [each["name"] for each in control("GET", "/accounts?account=world").json()] == ["world"]


def test_texts_and_submissions_tell_what_was_accepted(sandbox, control, line):
    line.post(A, B, ref="login-7")
    line.answer()

    texts, submissions = control("GET", "/texts").json(), control("GET", "/submissions").json()

    assert texts == {A: 1, B: 1}
    assert [each["phone"] for each in submissions] == [A, B]
    assert submissions[0] == {**sandbox.submissions()[0]._asdict(), "params": []}
    assert submissions[0]["reference"] == "login-7"
    assert control("GET", "/submissions?account=world").json() == []


def test_a_fault_is_injected_told_and_lifted(control):
    order = {"fault": "slow", "account": "cn", "times": 3, "seconds": 60, "delay": 0.01, "phones": [A]}

    injected = control("POST", "/faults", order)
    told = control("GET", "/faults").json()

    number = injected.json()["id"]
    (fault,) = told["faults"]
    assert 0 < fault.pop("seconds_left") <= 60
    assert fault == {
        "id": number,
        "account": "cn",
        "order": {"fault": "slow", "times": 3, "seconds": 60.0, "delay": 0.01, "phones": [A]},
        "left": 3,
    }
    assert told["refusals"] == told["delivery_failures"] == []
    assert control("DELETE", f"/faults?id={number}").json() == {"lifted": 1}
    assert control("DELETE", "/faults").json() == {"lifted": 0}


def test_a_fault_injected_here_strikes(sandbox, control):
    control("POST", "/faults", {"fault": "refuse", "account": "cn"}).raise_for_status()

    with pytest.raises(httpx.ConnectError):
        httpx.post(sandbox.urls["cn"] + "/send", trust_env=False)

    control("DELETE", "/faults")
    assert httpx.post(sandbox.urls["cn"] + "/send", json={"to": [A]}, trust_env=False).status_code == 200


def test_refusals_are_injected_told_and_lifted(control, line):
    control("POST", "/refusals", {"reason": "blocked_recipient", "phones": [A]}).raise_for_status()

    line.post(A, B)

    assert [each["ok"] for each in line.answer().results] == [False, True]
    assert control("GET", "/faults").json()["refusals"][0]["order"] == {"reason": "blocked_recipient", "phones": [A]}
    assert control("DELETE", "/faults").json() == {"lifted": 1}


@pytest.mark.parametrize(
    ("path", "order", "field", "value"),
    [
        ("/balance", {"account": "cn", "balance": 3}, "balance", 3),
        ("/balance", {"account": "cn", "balance": None}, "balance", None),
        ("/rate", {"account": "cn", "rate": 2.5}, "rate", 2.5),
        ("/rate", {"account": "cn", "rate": None}, "rate", None),
        ("/clock", {"account": "cn", "offset": -700}, "clock_offset", -700.0),
    ],
)
def test_an_account_can_be_changed(control, path, order, field, value):
    changed = control("POST", path, order).json()

    assert [(each["name"], each[field]) for each in changed] == [("cn", value)]
    assert control("GET", "/accounts?account=cn").json() == changed


def test_reports_are_told_with_their_accounts(control, line):
    control("POST", "/delivery-failures", {"reason": "unreachable_recipient", "phones": [A]}).raise_for_status()
    line.post(A, B)
    line.answer()

    told = control("GET", "/reports").json()

    assert [(each["account"], each["phone"], each["delivery"], each["reason"]) for each in told] == [
        ("cn", A, "undelivered", "unreachable_recipient"),
        ("cn", B, "delivered", None),
    ]
    assert control("GET", "/reports?account=world").json() == []
    assert control("GET", "/queue?account=cn").json() == {"reports": 2, "inbound": 0}
    (failure,) = control("GET", "/faults").json()["delivery_failures"]
    assert failure["order"] == {"reason": "unreachable_recipient", "phones": [A]}
    assert control("DELETE", f"/faults?id={failure['id']}").json() == {"lifted": 1}


def test_reports_can_be_late_and_time_can_pass(control, line):
    changed = control("POST", "/report-delay", {"seconds": 60, "account": "cn"}).json()
    line.post(A)
    line.answer()

    before = control("GET", "/queue").json()
    control("POST", "/advance", {"seconds": 60}).raise_for_status()

    assert [each["report_delay"] for each in changed] == [60.0]
    assert before == {"reports": 0, "inbound": 0}
    assert control("GET", "/queue").json() == {"reports": 1, "inbound": 0}


def test_a_phone_can_text_an_account(control, line):
    told = control("POST", "/inbound", {"account": "cn", "phone": A, "text": "STOP", "extension": "12"}).json()

    assert told == {"reports": 0, "inbound": 1}
    assert line.ask("/pull-inbound")[0]["text"] == "STOP"


@pytest.mark.parametrize("name", ["T1", 7])
def test_templates_can_be_reviewed(control, line, name):
    line.ask("/put-template", name=str(name), text="Hello")

    decided = control("POST", "/reviews", {"account": "cn", "template": name, "approve": False, "words": "why?"}).json()

    told = control("GET", "/templates?account=cn").json()
    assert decided == {"decided": 1}
    assert (told[1]["id"], told[1]["review"], told[1]["words"]) == (str(name), "rejected", "why?")
    assert [each["id"] for each in control("GET", "/templates").json()] == ["19", str(name), "19"]


def test_signatures_are_told_whatever_the_side_keeps_beside_them(run, account, control_of):
    extras = {"picture": b"\xff\xd8", "by": object}
    call = control_of(run(account(signatures=[SandboxSignature("7", "Acme", extras=extras)])))

    (told,) = call("GET", "/signatures").json()

    assert (told["id"], told["text"], told["extras"]["picture"]) == ("7", "Acme", "_9g=")


def test_what_is_posted_is_told(run, pushing, control_of, dial, free_port, until):
    sandbox = run(pushing())
    call, url = control_of(sandbox), f"http://127.0.0.1:{free_port()}/"

    changed = call("POST", "/pushes", {"account": "cn", "url": url}).json()
    dial(sandbox.urls["cn"]).send(A)
    until(lambda: sandbox.pushes() and sandbox.pushes()[0].tries)

    (push,) = call("GET", "/pushes").json()
    (item,) = push.pop("items")
    assert changed[0]["push_to"] == url
    assert item["phone"] == A
    assert push == {
        "account": "cn",
        "url": url,
        "tries": 1,
        "status": None,
        "acknowledged": False,
        "given_up": False,
    }


def test_the_clock_of_all_accounts_can_be_set_at_once(control):
    changed = control("POST", "/clock", {"offset": 700}).json()

    assert [each["clock_offset"] for each in changed] == [700.0, 700.0]


def test_a_balance_set_here_runs_out(control, line):
    control("POST", "/balance", {"account": "cn", "balance": 1})

    line.post(A, B)

    assert [each["ok"] for each in line.answer().results] == [True, False]


def test_reset_forgets_everything(sandbox, control, line):
    line.post(A)
    line.answer()
    control("POST", "/faults", {"fault": "html"})

    accounts = control("POST", "/reset").json()

    assert [each["requests"] for each in accounts] == [0, 0]
    assert (sandbox.texts(), sandbox.faults()) == ({}, [])


@pytest.mark.parametrize(
    ("method", "path", "order", "problems"),
    [
        ("POST", "/faults", {}, {"fault": "is required"}),
        ("POST", "/faults", {"fault": "slwo"}, {"fault": "unknown fault; choose from 'refuse', 'reset', "}),
        ("POST", "/faults", {"fault": "slwo"}, {"fault": "; got 'slwo'"}),
        (
            "POST",
            "/faults",
            {"fault": "slow", "count": 1},
            {"count": "unknown field; choose from 'account', 'times', "},
        ),
        ("POST", "/faults", {"fault": "slow", "times": 0}, {"times": "greater than 0; got 0"}),
        ("POST", "/faults", {"fault": "slow", "share": 1.5}, {"share": "less than or equal to 1; got 1.5"}),
        (
            "POST",
            "/faults",
            {"fault": "slow", "account": "nobody"},
            {"account": "unknown account 'nobody'; choose from 'cn', 'world', '*'"},
        ),
        (
            "POST",
            "/faults",
            {"fault": "slow", "processed": False, "status": 302},
            {
                "processed": "means nothing to the fault 'slow'; it takes delay",
                "status": "means nothing to the fault 'slow'; it takes delay",
            },
        ),
        ("POST", "/faults", {"fault": "hang", "delay": 1}, {"delay": "it takes no settings"}),
        ("POST", "/faults", {"fault": "redirect", "status": 301}, {"status": "302 or 307; got 301"}),
        ("POST", "/faults", {"fault": "refuse", "times": 1}, {"times": "it is limited by account and seconds only"}),
        ("POST", "/faults", {"fault": "refuse", "share": 0.5}, {"share": "account and seconds only"}),
        ("POST", "/faults", {"fault": "reset", "phones": [A]}, {"phones": "before any request is read"}),
        ("POST", "/faults", {"fault": "html", "phones": ["137"]}, {"phones.0": "not in E.164"}),
        ("POST", "/faults", [1], {"body": "must be an object, whose fields you choose from 'account'"}),
        ("POST", "/faults", "x", {"body": "must be an object"}),
        ("POST", "/refusals", {"reason": "tired"}, {"reason": "'invalid_recipient', 'blocked_recipient'"}),
        ("POST", "/refusals", {"reason": "tired"}, {"reason": "got 'tired'"}),
        ("POST", "/balance", {"account": "cn"}, {"balance": "is required"}),
        ("POST", "/balance", {"account": "cn", "balance": "much"}, {"balance": "valid integer"}),
        ("POST", "/balance", {"account": "cn", "balance": "much"}, {"balance": "got 'much'"}),
        ("POST", "/rate", {"account": "cn", "rate": 0}, {"rate": "greater than 0; got 0"}),
        ("POST", "/clock", {"offset": "soon"}, {"offset": "got 'soon'"}),
        ("POST", "/reset", {"hard": True}, {"hard": "unknown field"}),
        ("POST", "/delivery-failures", {"reason": "tired"}, {"reason": "got 'tired'"}),
        ("POST", "/advance", {"seconds": -1}, {"seconds": "greater than or equal to 0; got -1"}),
        ("POST", "/report-delay", {}, {"seconds": "is required"}),
        ("POST", "/report-delay", {"seconds": -1}, {"seconds": "got -1"}),
        ("POST", "/inbound", {"account": "cn", "phone": "137", "text": "a"}, {"phone": "not in E.164"}),
        ("POST", "/inbound", {"account": "cn", "phone": A}, {"text": "is required"}),
        ("POST", "/reviews", {"account": "cn"}, {"template": "give either the id of a template"}),
        (
            "POST",
            "/reviews",
            {"account": "cn", "template": "T1"},
            {"template": "unknown template 'T1'; choose from '19'"},
        ),
        ("POST", "/pushes", {"account": "cn"}, {"url": "is required"}),
        ("POST", "/pushes", {"account": "cn", "url": 7}, {"url": "valid string"}),
        (
            "POST",
            "/pushes",
            {"account": "cn", "url": "http://127.0.0.1:1/"},
            {"account": "the side of account 'cn' does not push"},
        ),
        ("GET", "/templates?account=nobody", None, {"account": "choose from 'cn', 'world', '*'"}),
        ("GET", "/submissions?account=nobody", None, {"account": "choose from 'cn', 'world', '*'"}),
        ("GET", "/submissions?phone=1", None, {"phone": "unknown field; choose from 'account'"}),
        ("GET", "/texts?phone=1", None, {"phone": "unknown field; it takes none"}),
        ("DELETE", "/faults?id=first", None, {"id": "got 'first'"}),
    ],
)
def test_a_wrong_input_is_told_by_field_value_and_choices(sandbox, control, method, path, order, problems):
    response = control(method, path, order)

    told = {each["where"]: each["what"] for each in response.json()["problems"]}
    assert response.status_code == 400
    assert told.keys() == problems.keys()
    assert all(problems[field] in told[field] for field in problems)
    assert sandbox.faults() == sandbox.refusals() == []


@pytest.mark.parametrize("body", [b"{", b"\xff", b"nonsense"])
def test_a_body_that_is_no_json_is_refused(control, body):
    response = control("POST", "/faults", content=body)

    assert response.status_code == 400
    assert response.json()["problems"][0]["what"].startswith("is not JSON; send an object")


def test_numbers_that_are_no_numbers_are_refused(control):
    response = control("POST", "/clock", content=b'{"offset": Infinity}')

    assert response.status_code == 400
    assert response.json()["problems"][0]["where"] == "offset"


@pytest.mark.parametrize(
    "order",
    [{"fault": A}, {"fault": "html", "account": A}, {"fault": "html", "phones": [A[3:]]}, {"fault": "html", A: 1}],
)
def test_a_phone_in_the_wrong_place_is_not_repeated(control, order):
    response = control("POST", "/faults", order)

    assert response.status_code == 400
    assert A[3:] not in response.text


def test_an_unknown_path_is_answered_with_the_paths_there_are(control):
    response = control("GET", "/fault")

    assert response.status_code == 404
    assert "'/accounts', '/texts'" in response.json()["problems"][0]["what"]


def test_a_wrong_method_is_answered_with_the_methods_there_are(control):
    response = control("PUT", "/faults")

    assert response.status_code == 405
    assert "choose from 'GET', 'POST', 'DELETE'" in response.json()["problems"][0]["what"]


def test_no_fault_ever_strikes_the_control_api(sandbox, control):
    for name in ("refuse", "reset", "hang"):
        sandbox.inject(name)

    assert control("GET", "/faults").status_code == 200
