"""Checks that what is said arrives: every character, every param in its place, each recipient its own."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from smsway.model import Filled, Phone, Sharing, Status, count_segments
from smsway.testing._cast import CODE, WORDS, batch_of, content_of, home, phones
from smsway.testing._checks._declared import Declared
from smsway.testing._strategies import texts

_TEXTS = {
    "Chinese": "您的验证码是739150,4分钟内有效。",
    "accents": "Votre code è 739150, naïve façade Ångström",
    "an emoji of two code units": "Your code 🔑 739150 👍🏽",
    "right to left": "رمزك هو 739150",
    "what URLs and forms escape": "a&b=c+d%20e#f?g;h=1&i",
    "quotes and backslashes": "He said \"739150\" and 'yes' \\n \\u0041 \\",
    "two lines": "Your code:\n739150",
    "two spaces": "Your  code:  739150",
    "an accent of its own": "cafe\u0301 739150",
    "what JSON and XML escape": '<b>739150</b> & "x" \u2028 </script>',
    "signs of the GSM extension": "Price: 5€ [739150] {x} ~^|",
    "160 septets": "x" * 153 + " 739150",
    "161 septets": "x" * 154 + " 739150",
    "70 characters": "码" * 63 + " 739150",
    "71 characters": "码" * 64 + " 739150",
}
_SHORT = ("验证码", "é&=+", "a b", "100%", "🔑", '"\\')


class ContentChecks(Declared):
    """What holds for contents."""

    def test_what_the_capabilities_claim_to_carry_is_carried(self) -> None:
        """Text, templates, or both: what is claimed is accepted, and something is.

        If it fails: set `text` and `template` in the capabilities; declare `template_ids` if there are templates.
        """
        capabilities = self.subject.capabilities
        assert capabilities.text or capabilities.template, "the capabilities claim neither text nor templates"
        if capabilities.template:
            assert self.subject.ids, "templates are claimed; declare template_ids"
            self._sends(content_of(self.subject))
        if capabilities.text:
            self._sends(content_of(self.subject, text=f"Your code is {CODE}, valid for 4 minutes."))

    def test_the_side_tells_what_it_was_sent(self) -> None:
        """The sandbox shows a tester what each phone got, and these checks compare it with what was meant.

        If it fails: give `text=...`, or `template=...` and `params=...`, to `desk.accept`.
        """
        capabilities = self.subject.capabilities
        contents = [content_of(self.subject)] if capabilities.template else []
        contents += [content_of(self.subject, text=WORDS)] if capabilities.text else []
        for content in contents:
            stage = self.stage()
            stage.send(batch_of(self.subject, self._one(), [content]))

            (submission,) = stage.submissions
            told = submission.text is not None or submission.template is not None
            assert told, f"the side does not tell what it was sent ({content!r})"

    @pytest.mark.parametrize("what", sorted(_TEXTS))
    def test_free_text_arrives_to_the_letter(self, what: str) -> None:
        """Nothing that a text can hold is lost, escaped twice or cut.

        If it fails: encode as UTF-8, and let a library do the escaping of JSON or of forms.
        """
        self.need(self.subject.capabilities.text, "it carries no free text")
        self._arrives(_TEXTS[what])

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(text=texts())
    def test_any_free_text_arrives_to_the_letter(self, text: str) -> None:
        """The same for texts that nobody thought of.

        If it fails: as above; hypothesis shows the smallest text that is spoilt.
        """
        self.need(self.subject.capabilities.text, "it carries no free text")
        self._arrives(text)

    def test_the_params_of_a_template_arrive_in_their_order(self) -> None:
        """`Filled.params` are in the order of the account's template.

        If it fails: do not sort them, and do not put them into a table by name.
        """
        self.need(self.subject.capabilities.template, "it carries no templates")
        for params in ((), ("1",), ("1", "22"), ("22", "1"), ("1", "1")):
            stage = self.stage(params=params)
            stage.send(batch_of(self.subject, self._one(), [content_of(self.subject, params)]))

            if [each.params for each in stage.submissions] != [params]:
                pytest.fail(f"of a template with {len(params)} params they do not arrive in their order")

    @pytest.mark.parametrize("param", _SHORT)
    def test_params_arrive_to_the_letter(self, param: str) -> None:
        """Nothing that a param can hold is lost or escaped twice.

        If it fails: encode as UTF-8, and let a library do the escaping.
        """
        self.need(self.subject.capabilities.template, "it carries no templates")
        stage = self.stage()

        (outcome,) = stage.send(batch_of(self.subject, self._one(), [content_of(self.subject, (param, "4"))]))

        if [each.params for each in stage.submissions] != [(param, "4")] and outcome.status is not Status.REJECTED:
            pytest.fail(f"a param with {param!r} does not arrive as it is")

    def test_the_template_is_the_one_that_was_named(self) -> None:
        """The id that the catalogue names is the one that the vendor is sent.

        If it fails: pass `Filled.template` on as `template_id` returned it.
        """
        self.need(self.subject.capabilities.template, "it carries no templates")
        for index, id_ in enumerate(self.subject.ids):
            stage = self.stage()
            stage.send(batch_of(self.subject, self._one(), [content_of(self.subject, template=index)]))

            assert [each.template for each in stage.submissions] == [id_], "another template is sent than was named"

    def test_each_recipient_gets_its_own_content(self) -> None:
        """With `Sharing.OWN`, or `TEMPLATE`, the recipients of one request differ in what they are told.

        If it fails: read the content of each parcel, or set `Sharing.SAME`.
        """
        capabilities = self.subject.capabilities
        self.need(capabilities.sharing is not Sharing.SAME and capabilities.max_batch > 1, "all get the same content")
        recipients = phones(home(capabilities), min(5, capabilities.max_batch))
        contents = [content_of(self.subject, (f"10{index}", str(index))) for index in range(len(recipients))]
        stage = self.stage()

        stage.send(batch_of(self.subject, recipients, contents))

        told = {each.phone: each.params or each.text for each in stage.submissions}
        meant = {phone: content.params or content.text for phone, content in zip(recipients, contents, strict=True)}
        if told != meant:
            pytest.fail("recipients of one request do not get each its own content")

    def test_the_segments_that_are_counted_are_the_vendors(self) -> None:
        """The billing rules are complete: there is one for every country, and each counts at least one segment.

        If it fails: give the capabilities a rule for `*`.
        """
        rules = self.subject.capabilities.segments

        assert "*" in rules, "the rules of segments have none for '*', the rest of the world"
        for country, rule in rules.items():
            assert country == "*" or (len(country) == 2 and country.isupper()), f"{country!r} is no country"
            assert count_segments("", rule) == 1 <= count_segments("x" * 500, rule)

    def _one(self) -> list[Phone]:
        return phones(home(self.subject.capabilities), 1)

    def _sends(self, content: Filled) -> None:
        stage = self.stage()
        (outcome,) = stage.send(batch_of(self.subject, self._one(), [content]))
        assert outcome.status is Status.ACCEPTED, f"what is claimed is not accepted: {outcome.reason} {outcome.code}"

    def _arrives(self, text: str) -> None:
        stage = self.stage()
        (outcome,) = stage.send(batch_of(self.subject, self._one(), [content_of(self.subject, text=text)]))
        # A vendor puts the signature in front of the text, in brackets of its own.
        arrived = [(each.text or "").endswith(text) for each in stage.submissions]
        if arrived != [True] and outcome.status is not Status.REJECTED:
            pytest.fail("a text does not arrive to the letter")
