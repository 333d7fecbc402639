"""No check of the kit can be redefined, removed or excused."""

import pytest

_END = "    samples = (SENT, LEFT)\n"
_CLASS = "class TestAcme(ProviderConformance):\n"
_SKIP = 'pytest.mark.skip(reason="not now")'

TRICKS = {
    "a check is redefined": (
        {_END: f"{_END}\n    def test_options_are_strict(self):\n        pass\n"},
        "TestAcme.test_options_are_strict redefines what is the kit's",
    ),
    "a check is taken away": (
        {_END: f"{_END}    test_options_are_strict = None\n"},
        "TestAcme.test_options_are_strict redefines what is the kit's",
    ),
    "another class brings a check of the same name": (
        {
            _CLASS: "class Mild:\n    def test_options_are_strict(self):\n        pass\n\n\n"
            "class TestAcme(Mild, ProviderConformance):\n"
        },
        "TestAcme.test_options_are_strict redefines what is the kit's",
    ),
    "the guard itself is redefined": (
        {_END: f"{_END}\n    def pytest_generate_tests(self, metafunc):\n        pass\n"},
        "TestAcme.pytest_generate_tests redefines what is the kit's",
    ),
    "the class is marked inside": (
        {_END: f"{_END}    pytestmark = {_SKIP}\n"},
        "TestAcme is marked skip; no check of the kit can be excused",
    ),
    "the class is marked among other marks": (
        {_END: f"{_END}    pytestmark = [pytest.mark.timeout(9), pytest.mark.xfail]\n"},
        "TestAcme is marked xfail; no check of the kit can be excused",
    ),
    "the class is decorated": (
        {_CLASS: f'@pytest.mark.skipif(True, reason="not now")\n{_CLASS}'},
        "TestAcme is marked skipif; no check of the kit can be excused",
    ),
    "the module is marked": (
        {_CLASS: f"pytestmark = {_SKIP}\n\n\n{_CLASS}"},
        "TestAcme is marked skip; no check of the kit can be excused",
    ),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_no_check_can_be_got_around(trick, run_kit):
    edits, words = TRICKS[trick]

    reports = run_kit(
        {"from smsway.provider import Batch": "import pytest\nfrom smsway.provider import Batch", **edits}
    )

    (error,) = [report.longreprtext for report in reports if report.failed]
    assert words in error
    assert not any(report.when == "call" for report in reports)


def test_a_check_that_is_replaced_when_the_class_is_made_is_missed_by_another(run_kit):
    late = f"{_END}\n\nTestAcme.test_options_are_strict = lambda self: None\n"

    reports = run_kit({_END: late}, ["test_options_are_strict", "test_no_check_was_redefined_or_removed"])

    assert [report.longrepr.reprcrash.message for report in reports if report.failed] == [
        "Failed: test_options_are_strict is not the kit's"
    ]


def test_an_author_may_add_tests_and_mark_them(run_kit):
    mine = f"{_END}\n    @pytest.mark.skip\n    def test_mine(self):\n        pass\n"

    reports = run_kit(
        {_END: mine, "from smsway.provider import Batch": "import pytest\nfrom smsway.provider import Batch"},
        ["test_mine", "test_no_check_was_redefined_or_removed"],
    )

    assert sorted({report.outcome for report in reports}) == ["passed", "skipped"]
