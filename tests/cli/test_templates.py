"""`smsway templates` and `smsway signatures`: list, look up, submit, change and delete."""

from __future__ import annotations

import pytest

from smsway.model import SandboxTemplate

TEXT = "Your code is {1}, valid for {2} minutes."
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452")


def template(sandbox, account, template_id) -> SandboxTemplate:
    return next(each for each in sandbox.templates(account) if each.id == template_id)


class TestListTemplates:
    def test_people_see_the_review_and_the_text(self, ask, sandbox):
        sandbox.review("cn", template="20", approve=False, words="name the shop")

        result = ask("templates", "list", "cn")

        assert (0, "") == (result.exit_code, result.stderr)
        for told in ("approved", "19", TEXT, "rejected", "20", "name the shop"):
            assert told in result.stdout

    def test_programs_get_one_object_per_template(self, ask, lines):
        listed = lines(ask("templates", "list", "cn", "--json"))

        assert [("cn", "19", "approved", TEXT), ("cn", "20", "approved", "Your parcel is here.")] == [
            tuple(each[name] for name in ("account", "id", "review", "text")) for each in listed[:2]
        ]

    @pytest.fixture
    def many(self, add):
        """Let the catalogue have more templates than a page of the vendor holds; return their ids."""
        ids = [str(1000 + n) for n in range(120)]
        for each in ids:
            add(f'[templates.t{each}]\ntext = "Text {each}"\naccounts.cn = {{ id = {each} }}')
        return ids

    def test_all_pages_are_walked(self, many, ask, lines):
        listed = lines(ask("templates", "list", "cn", "--json"))

        assert ["19", "20", "21", *many] == [each["id"] for each in listed]

    @pytest.fixture
    def none(self, config):
        """Let the catalogue map nothing to the account `world`."""
        text = config.read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if not line.startswith("accounts.world")]
        config.write_text("\n".join(kept), encoding="utf-8")

    @pytest.mark.usefixtures("none")
    def test_that_there_are_none_is_told(self, ask):
        assert "The vendor has no template.\n" == ask("templates", "list", "world").stdout


class TestGetTemplates:
    def test_those_that_are_named_are_told(self, ask, lines):
        result = ask("templates", "get", "backup", "UTA2", "UTA3", "--json")

        assert (0, ["UTA2", "UTA3"]) == (result.exit_code, [each["id"] for each in lines(result)])
        assert "UTA2" in ask("templates", "get", "backup", "UTA2").stdout

    def test_those_that_are_not_there_are_named(self, ask, lines):
        result = ask("templates", "get", "cn", "19", "999", "--json")

        assert (1, ["19"]) == (result.exit_code, [each["id"] for each in lines(result)])
        assert "smsway: the vendor has no template '999'\n" == result.stderr


class TestAddTemplate:
    def test_it_is_pending_and_told_with_its_id(self, ask, sandbox, lines):
        result = ask("templates", "add", "cn", "--text", "Order {1} has left.", "--kind", "marketing", "--json")

        (added,) = lines(result)
        assert ("cn", "pending", "Order {1} has left.") == tuple(added[name] for name in ("account", "review", "text"))
        assert "Order {1} has left." == template(sandbox, "cn", added["id"]).text

    def test_that_of_the_catalogue_is_numbered_as_the_account_wants(self, ask, sandbox):
        result = ask("templates", "add", "cn", "--from", "login_code", "--kind", "otp", "--remark", "codes")

        assert 0 == result.exit_code
        assert "pending" in result.stdout
        assert "For the configuration: templates.login_code.accounts.cn.id = " in result.stdout
        assert [TEXT, TEXT] == [each.text for each in sandbox.templates("cn") if "code" in each.text]

    def test_one_that_the_account_has_no_mapping_of_gets_the_params_in_their_order(self, ask, sandbox, config):
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("accounts.cn = { id = 19 }\n", ""), encoding="utf-8")

        result = ask("templates", "add", "cn", "--from", "login_code")

        assert 0 == result.exit_code
        assert TEXT in [each.text for each in sandbox.templates("cn")]

    def test_an_id_that_is_no_number_is_quoted_for_the_file(self, ask):
        result = ask("templates", "add", "backup", "--from", "login_code", "--remark", "codes")

        assert 'templates.login_code.accounts.backup.id = "' in result.stdout

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("cn",), "either --text TEXT, or --from NAME"),
            (("cn", "--text", "a", "--from", "notice"), "either --text TEXT, or --from NAME"),
            (("cn", "--from", "notic"), "--from 'notic': the catalogue has no such template; did you mean 'notice'?"),
            (("world", "--from", "login_code"), "templates.login_code.accounts.world.params leaves out a param"),
            (("cn", "--from", "mute"), "templates.mute.text is not set"),
            (("nowhere", "--text", "a"), "there is no account 'nowhere'"),
            (("cn", "--text", "a", "--option", "colour"), "--option takes KEY=VALUE"),
            (("cn", "--text", "a", "--option", "colour=red"), "colour"),
            (("cn", "--text", " "), "text is empty"),
            (("cn", "--text", "a", "--kind", "spam"), "--kind"),
        ],
    )
    def test_a_mistake_is_told_and_nothing_submitted(self, ask, sandbox, add, arguments, what):
        add("[templates.mute]\naccounts.cn = { id = 22 }")
        before = sandbox.templates("*")

        result = ask("templates", "add", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr
        assert before == sandbox.templates("*")

    def test_what_may_have_been_done_is_told(self, ask, sandbox):
        sandbox.inject("drop_after", account="cn")

        result = ask("templates", "add", "cn", "--text", "a")

        assert 2 == result.exit_code
        assert "account 'cn': add_template failed: no_answer" in result.stderr
        assert "it may have been done all the same" in result.stderr


class TestModifyTemplate:
    def test_it_says_something_else_and_goes_back_to_review(self, ask, sandbox, lines):
        (changed,) = lines(ask("templates", "modify", "cn", "20", "--text", "Your order is here.", "--json"))

        assert ("20", "pending") == (changed["id"], changed["review"])
        assert "Your order is here." == template(sandbox, "cn", "20").text

    def test_it_may_say_what_the_catalogue_says(self, ask, sandbox):
        result = ask("templates", "modify", "cn", "20", "--from", "talk", "--name", "talk")

        assert 0 == result.exit_code
        assert "We talk at noon." == template(sandbox, "cn", "20").text

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("cn", "20"), "either --text TEXT, or --from NAME"),
            (("cn",), "ID"),
            (("cn", "twenty", "--text", "a"), "twenty"),
        ],
    )
    def test_a_mistake_is_told(self, ask, arguments, what):
        result = ask("templates", "modify", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr

    def test_a_refusal_is_told_with_the_vendors_code(self, ask):
        result = ask("templates", "modify", "cn", "999", "--text", "a")

        assert 2 == result.exit_code
        assert "account 'cn': modify_template failed: " in result.stderr
        assert "(code " in result.stderr


class TestDeleteTemplates:
    @pytest.mark.parametrize(("answer", "options"), [("y\n", ()), ("YES\n", ()), (None, ("--yes",))])
    def test_after_a_yes_they_are_gone(self, ask, sandbox, answer, options):
        result = ask("templates", "delete", "cn", "19", "20", *options, answer=answer)

        assert (0, "Deleted: 19, 20\n") == (result.exit_code, result.stdout)
        assert ["21"] == [each.id for each in sandbox.templates("cn")]

    @pytest.mark.parametrize("answer", ["n\n", "\n", "yellow\n", ""])
    def test_without_one_nothing_is_deleted(self, ask, sandbox, answer):
        result = ask("templates", "delete", "cn", "19", answer=answer)

        assert 2 == result.exit_code
        assert (
            "The configuration uses templates.login_code.accounts.cn. Delete 19 of account cn? [y/N]" in result.stderr
        )
        assert "nothing was deleted" in result.stderr
        assert "19" in [each.id for each in sandbox.templates("cn")]


class TestSignatures:
    @pytest.fixture
    def abroad(self, add):
        add("[signatures.abroad]\nworld = 'Acme World'")

    @pytest.mark.usefixtures("abroad")
    def test_they_are_listed_where_the_vendor_lists_them(self, ask, lines):
        assert ["Acme World"] == [each["text"] for each in lines(ask("signatures", "list", "world", "--json"))]
        assert "Acme World" in ask("signatures", "list", "world").stdout

    def test_they_are_looked_up_by_id(self, ask, sandbox, lines):
        (known,) = (each for each in sandbox.signatures("cn") if each.text == "Acme")

        result = ask("signatures", "get", "cn", known.id, "999", "--json")

        assert (1, ["Acme"]) == (result.exit_code, [each["text"] for each in lines(result)])
        assert "the vendor has no signature '999'" in result.stderr
        assert 0 == ask("signatures", "get", "cn", known.id).exit_code

    def test_they_are_found_by_text(self, ask, lines):
        found, lost = ask("signatures", "find", "backup", "Acme", "--json"), ask("signatures", "find", "backup", "Emca")

        assert (0, ["Acme"]) == (found.exit_code, [each["text"] for each in lines(found)])
        assert (1, "The vendor has no such signature.\n") == (lost.exit_code, lost.stdout)

    def test_one_is_submitted_with_a_picture(self, ask, sandbox, tmp_path, lines):
        picture = tmp_path / "licence.png"
        picture.write_bytes(PNG)

        (added,) = lines(ask("signatures", "add", "cn", "--text", "Bakery", "--picture", picture, "--json"))

        assert ("pending", "Bakery") == (added["review"], added["text"])
        assert "Bakery" in [each.text for each in sandbox.signatures("cn")]

    def test_that_of_the_catalogue_is_submitted_without_brackets(self, ask, sandbox, add):
        add('[signatures.other]\ncn = "【Acme Other】"')
        before = len(sandbox.signatures("cn"))

        result = ask("signatures", "add", "cn", "--from", "other")

        assert 0 == result.exit_code
        assert "Acme Other" == sandbox.signatures("cn")[before].text

    def test_one_is_changed(self, ask, sandbox, lines):
        (known,) = (each for each in sandbox.signatures("cn") if each.text == "Acme")

        (changed,) = lines(ask("signatures", "modify", "cn", known.id, "--text", "Acme Two", "--json"))

        assert (known.id, "pending", "Acme Two") == (changed["id"], changed["review"], changed["text"])

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("signatures", "modify", "backup", "1", "--text", "Acme", "--remark", "ours"), "--option sig_type: "),
            (
                ("signatures", "modify", "backup", "1", "--text", "Acme", "--remark", "ours", "--option", "sig_type=1"),
                "smsway: --remark: USMS takes it only when a signature is added; leave it out, or set --option ",
            ),
            (("signatures", "add", "backup", "--text", "Acme", "--option", "sig_type=1"), "set --remark"),
            (("signatures", "add", "world", "--text", "Acme", "--option", "sign_type=1"), "--picture is missing"),
            (("templates", "add", "backup", "--text", "Hello"), "set --name"),
        ],
    )
    def test_what_a_provider_wants_is_told_in_the_words_of_the_command(self, ask, sandbox, arguments, told):
        before = sandbox.requests()

        result = ask(*arguments)

        assert 2 == result.exit_code
        assert told in result.stderr
        assert "options." not in result.stderr
        assert before == sandbox.requests()

    def test_they_are_deleted_after_a_yes(self, ask, sandbox):
        (known,) = (each for each in sandbox.signatures("cn") if each.text == "Acme")

        refused = ask("signatures", "delete", "cn", known.id, answer="n\n")
        before = sandbox.signatures("cn")
        done = ask("signatures", "delete", "cn", known.id, answer="y\n")

        assert (2, 0) == (refused.exit_code, done.exit_code)
        assert known in before
        assert known not in sandbox.signatures("cn")

    @pytest.mark.parametrize(
        ("arguments", "what"),
        [
            (("add", "cn"), "either --text TEXT, or --from NAME"),
            (("add", "cn", "--from", "shopp"), "the catalogue has no such signature; did you mean 'shop'?"),
            (("add", "backup", "--from", "shop"), "signatures.shop.backup is not set"),
            (("add", "cn", "--text", "a", "--picture", "nowhere.png"), "nowhere.png: No such file"),
            (("add", "nowhere", "--text", "a"), "there is no account 'nowhere'"),
            (("modify", "cn", "1"), "either --text TEXT, or --from NAME"),
            (("list", "cn"), "account 'cn' (provider tencent-v5) cannot: list signatures; world can"),
            (("find", "cn", "Acme"), "account 'cn' (provider tencent-v5) cannot: find signatures; backup can"),
            (("get", "cn"), "ID"),
        ],
    )
    def test_a_mistake_is_told(self, ask, arguments, what):
        result = ask("signatures", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("templates", "list", "cn"),
        ("signatures", "find", "backup", "Acme"),
        ("stats", "cn"),
        ("balance", "cn"),
        ("check", "--live"),
        ("explain", "+8613700000001", "--template", "notice"),
    ],
    ids=lambda command: command[0],
)
def test_a_store_that_cannot_be_opened_matters_only_to_those_who_need_it(ask, store, command):
    store.mkdir()

    result = ask(*command)

    assert 0 == result.exit_code
