"""`smsway reports watch`, and Ctrl-C while something is fetched."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

PHONE = "+8613700000001"


def waiting(sandbox, account="cn"):
    return sandbox.queued(account).reports


@pytest.fixture
def meanwhile():
    """Do one thing after the other in a thread, each once something holds."""
    threads = []

    def begin(*steps) -> None:
        def run() -> None:
            for holds, act in steps:
                deadline = time.monotonic() + 20
                while not holds() and time.monotonic() < deadline:
                    time.sleep(0.01)
                act()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join()


def ctrl_c(number=signal.SIGINT):
    # Once the command has ended, this would end the tests.
    if signal.getsignal(number) not in {signal.default_int_handler, signal.SIG_DFL}:
        os.kill(os.getpid(), number)


class TestWatch:
    @pytest.mark.usefixtures("sent")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_fetches_until_it_is_stopped(self, ask, sandbox, meanwhile, number):
        over = lambda: not waiting(sandbox) and not waiting(sandbox, "world")  # noqa: E731
        meanwhile((over, lambda: ctrl_c(number)))

        result = ask("reports", "watch", "--every", 600)

        assert 0 == result.exit_code
        assert PHONE in result.stdout
        assert "Fetching reports of cn, world, backup every 600 seconds. Ctrl-C ends it." in result.stderr
        assert "reports were fetched." in result.stderr

    @pytest.mark.usefixtures("store")
    def test_what_comes_later_is_fetched_as_well(self, ask, sandbox, meanwhile, lines):
        sandbox.receive(PHONE, "first", "cn")
        taken = lambda: not sandbox.queued("cn").inbound  # noqa: E731
        meanwhile((taken, lambda: sandbox.receive(PHONE, "second", "cn")), (taken, ctrl_c))

        result = ask("inbound", "watch", "cn", "--every", 1, "--json")

        assert 0 == result.exit_code
        assert ["first", "second"] == [each["text"] for each in lines(result)]

    @pytest.mark.usefixtures("sent")
    def test_a_vendor_that_is_away_for_a_while_is_asked_again(self, ask, sandbox, meanwhile, lines):
        sandbox.inject("http_503", account="cn", processed=False, times=1)
        meanwhile((lambda: not waiting(sandbox), ctrl_c))

        result = ask("reports", "watch", "cn", "--every", 1, "--json")

        assert 0 == result.exit_code
        assert 1 == result.stderr.count("smsway: account 'cn': pull_reports failed: ")
        assert [PHONE] == [each["report"]["recipient"] for each in lines(result)]

    @pytest.mark.usefixtures("store")
    @pytest.mark.parametrize(
        ("arguments", "what"),
        [(("--every", "0"), "--every"), (("nowhere",), "there is no account 'nowhere'"), (("--limit", "3"), "--limit")],
    )
    def test_a_mistake_is_told(self, ask, arguments, what):
        result = ask("reports", "watch", *arguments)

        assert 2 == result.exit_code
        assert what in result.stderr

    def test_without_a_store_it_does_not_begin(self, ask):
        result = ask("reports", "watch")

        assert 2 == result.exit_code
        assert "reports.store is not set" in result.stderr


class TestCtrlC:
    @pytest.mark.usefixtures("sent")
    def test_a_pull_under_way_ends_first_and_is_told(self, ask, sandbox, meanwhile, lines):
        before = sandbox.requests()["cn"]
        sandbox.inject("slow", account="cn", delay=1)
        meanwhile((lambda: sandbox.requests()["cn"] > before, ctrl_c))

        result = ask("reports", "pull", "cn", "world", "--json")

        assert 130 == result.exit_code
        assert "Stopping: waiting for what is under way." in result.stderr
        # The account after it is not asked any more.
        assert [PHONE] == [each["report"]["recipient"] for each in lines(result)]
        assert 1 == waiting(sandbox, "world")

    @pytest.mark.usefixtures("ask", "sent")
    def test_a_second_one_leaves_at_once(self, start, sandbox):
        before = sandbox.requests()["cn"]
        sandbox.inject("hang", account="cn")
        process = start("reports", "pull", "cn", "--sandbox", sandbox.control_url)
        while sandbox.requests()["cn"] == before:
            assert process.poll() is None
            time.sleep(0.01)

        process.send_signal(signal.SIGINT)
        assert "Stopping" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=10)

        assert 130 == process.returncode
        assert "Left at once: 0 reports were fetched; some under way may be lost." in stderr
