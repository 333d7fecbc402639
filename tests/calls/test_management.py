"""Templates, signatures, statistics and the balance of all providers, over sockets with both clients."""

from datetime import UTC, datetime, timedelta

import pytest

from smsway import (
    Kind,
    Review,
    SignatureDraft,
    TemplateDraft,
    UnsupportedFeature,
)

CHINESE = "+8613788888888"
MALAYSIAN = "+60198890000"
ACCOUNTS = ["cn", "world", "backup"]

# Nothing here is kept.
pytestmark = pytest.mark.parametrize("kept", ["file"], indirect=True)
SIGNATURE_EXTRAS = {
    "cn": {},
    "world": {"sign_type": 0, "document_type": 0},
    "backup": {"sig_type": 0, "sig_purpose": 0, "certificate_type": 0},
}


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_template_goes_its_way_through_review(office, account):
    templates = office.client.templates(account)

    added = office.ask(templates.add(TemplateDraft(text="Order {1} left.", name="parcel", remark="to customers")))
    office.sandbox.review(account, template=added.id, approve=False, words="name the shop")
    (rejected,) = office.ask(templates.get(added.id))
    office.ask(templates.modify(added.id, TemplateDraft(text="Acme: order {1} left.", name="parcel", remark="x")))
    (pending,) = office.ask(templates.get([added.id]))
    office.sandbox.review(account, template=added.id)
    (approved,) = office.ask(templates.get([added.id]))
    office.ask(templates.delete(added.id))

    assert (added.review, added.account) == (Review.PENDING, account)
    assert (rejected.review, rejected.detail) == (Review.REJECTED, "name the shop")
    assert (pending.review, pending.text) == (Review.PENDING, "Acme: order {1} left.")
    assert approved.review is Review.APPROVED
    assert office.ask(templates.get([added.id])) == []


@pytest.mark.parametrize(("account", "base"), [("cn", 1000), ("world", 1000)])
def test_a_list_walks_all_its_pages(opened, account, base):
    def change(configuration):
        configuration["templates"] |= {
            f"order_{number}": {"text": f"Order {number} left.", "accounts": {account: {"id": str(base + number)}}}
            for number in range(120)
        }

    office = opened(change)
    pages = []

    listed = office.ask(office.client.templates(account).list(pages.append))

    assert len(listed) == len({each.id for each in listed}) == 121
    assert [len(page.items) for page in pages] == ([50, 50, 21] if account == "cn" else [100, 21])
    assert pages[0].total == (121 if account == "cn" else None)


@pytest.mark.parametrize("kind", Kind)
def test_the_kind_of_a_template_is_kept_where_the_vendor_knows_it(office, kind):
    templates = office.client.templates("backup")
    extras = {"unsubscribe_info": "reply R to opt out"} if kind is Kind.MARKETING else {}
    added = office.ask(
        templates.add(TemplateDraft(text="Code {1}", name="code", kind=kind, remark="x", options=extras))
    )

    (info,) = office.ask(templates.get(added.id))

    assert info.kind is kind


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_signature_goes_its_way_through_review(office, account):
    signatures = office.client.signatures(account)
    draft = SignatureDraft(
        text="Acme", remark="our brand", picture=b"\x89PNG\r\n\x1a\n...", options=SIGNATURE_EXTRAS[account]
    )

    added = office.ask(signatures.add(draft))
    (pending,) = office.ask(signatures.get(added.id))
    office.sandbox.review(account, signature=added.id)
    (approved,) = office.ask(signatures.get(added.id))
    office.ask(signatures.delete(added.id))

    assert (pending.review, pending.text) == (Review.PENDING, "Acme")
    assert approved.review is Review.APPROVED
    assert office.ask(signatures.get(added.id)) == []


def test_a_signature_is_found_by_its_text_where_the_vendor_can(office):
    found = office.ask(office.client.signatures("backup").find("SCloud"))
    none = office.ask(office.client.signatures("backup").find("Nobody"))

    assert (found.text, found.review) == ("SCloud", Review.APPROVED)
    assert none is None
    with pytest.raises(UnsupportedFeature, match=r"'cn'.*find signatures; backup can"):
        office.ask(office.client.signatures("cn").find("Tencent Cloud"))


@pytest.mark.parametrize(("account", "phone"), [("cn", CHINESE), ("world", MALAYSIAN), ("backup", CHINESE)])
def test_statistics_count_what_was_sent_and_what_arrived(office, account, phone):
    office.send(phone, accounts=[account])
    statistics = office.client.statistics(account)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = {"since": today - timedelta(days=1), "until": today + timedelta(days=2)}

    sent = office.ask(statistics.sending(**span))
    arrived = office.ask(statistics.delivery(**span))

    assert (sent.requested, sent.accepted, sent.account) == (1, 1, account)
    assert arrived.delivered == 1
    assert arrived.raw


def test_each_template_is_counted_where_the_vendor_counts_them(office):
    office.send(CHINESE, accounts=["backup"])
    span = {"since": datetime.now(UTC) - timedelta(days=1)}

    (counts,) = office.ask(office.client.statistics("backup").templates(**span))

    assert (counts.account, counts.template_id, counts.accepted) == ("backup", "UTA20212831C85C", 1)
    assert counts.since <= span["since"].timestamp() < counts.until
    with pytest.raises(UnsupportedFeature, match=r"'cn'.*template statistics; backup can"):
        office.ask(office.client.statistics("cn").templates(**span))


def test_the_balance_is_told_where_the_vendor_tells_it(office):
    office.sandbox.set_balance("cn", 4711)

    balance = office.ask(office.client.balance("cn"))

    assert (balance.remaining, balance.unit, balance.account) == (4711, "texts", "cn")


def test_a_configuration_that_fits_has_no_drift(office):
    drift = office.ask(office.client.drift())

    assert drift.failing == ()
    assert drift.differing == ()
    assert "signatures.default.cn" in {problem.where for problem in drift.unasked}


def drifted(office, account="cn"):
    drift = office.ask(office.client.drift([account]))
    return {problem.where: problem.what for problem in drift.failing}


def test_drift_names_what_is_missing(office):
    office.ask(office.client.templates("cn").delete("19"))
    found = office.ask(office.client.signatures("backup").find("SCloud"))
    office.ask(office.client.signatures("backup").delete(found.id))

    assert drifted(office) == {"templates.login_code.accounts.cn.id": "the vendor has no template '19'"}
    assert drifted(office, "backup") == {"signatures.default.backup": "the vendor has no signature 'SCloud'"}


@pytest.mark.parametrize(
    ("decide", "words"),
    [({}, "is not reviewed yet"), ({"approve": False, "words": "name the shop"}, "was rejected: name the shop")],
)
def test_drift_names_what_is_not_approved(office, decide, words):
    text = "Your code is {1}, valid for {2} minutes!"
    office.ask(office.client.templates("cn").modify("19", TemplateDraft(text=text, remark="x")))
    if decide:
        office.sandbox.review("cn", template="19", **decide)

    assert drifted(office) == {"templates.login_code.accounts.cn.id": f"the vendor's template '19' {words}"}


def test_drift_names_another_number_of_variables(office):
    office.ask(office.client.templates("cn").modify("19", TemplateDraft(text="Your code is {1}.", remark="x")))
    office.sandbox.review("cn", template="19")

    assert drifted(office) == {
        "templates.login_code.accounts.cn.params": "names 2, and the vendor's template '19' has 1"
    }


def test_drift_tells_a_text_that_says_something_else(office):
    text = "Code {1}, good for {2} minutes."
    office.ask(office.client.templates("cn").modify("19", TemplateDraft(text=text, remark="x")))
    office.sandbox.review("cn", template="19")

    drift = office.ask(office.client.drift(["cn"]))

    (problem,) = drift.differing
    assert problem.where == "templates.login_code.text"
    assert text in problem.what
    assert drift.failing == ()


def test_drift_says_whom_it_could_not_ask(office):
    office.sandbox.inject("refuse", account="cn")

    drift = office.ask(office.client.drift(["cn"]))

    assert [problem.where for problem in drift.unasked] == ["accounts.cn", "signatures.default.cn"]
    assert "unreachable" in drift.unasked[0].what


def test_a_store_that_fails_stops_no_text(office, caplog):
    office.send(CHINESE, accounts=["cn"])
    office.client.tracker._store.close()

    result = office.send(MALAYSIAN, accounts=["world"])

    assert result.all_accepted
    assert "the store of reports failed" in caplog.text
    assert MALAYSIAN[1:] not in caplog.text
