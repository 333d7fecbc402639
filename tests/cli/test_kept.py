"""`smsway check` looks at where reports are kept, and at who may post them, and leaves everything as it is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from smsway.plugins import PROVIDERS
from smsway.tracking import SqliteStore, StoreError

SECRET = "a-secret-of-the-address-0123456789abcdef"
ERROR = "error: reports.store: "


def of_another_version(path):
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma user_version = 99")


def of_another_application(path):
    with closing(sqlite3.connect(path)) as database:
        database.execute("create table books (title)")


def no_database(path):
    path.write_text("account,phone\n" * 20, encoding="utf-8")


def the_beginning_of_one(path):
    path.write_bytes(b"SQLite format 3\0")


def a_folder(path):
    path.mkdir()


@pytest.fixture
def files(tmp_path):
    """Tell what each file in the folder holds."""

    def read():
        return {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}

    return read


@pytest.fixture
def kept(add, tmp_path) -> Path:
    """Let the configuration name a store; return its file."""
    add('[reports]\nstore = "reports.db"')
    return tmp_path / "reports.db"


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (of_another_version, "has version 99 of the tables, and this smsway knows version"),
        (of_another_application, "is a database of another application; name another file"),
        (no_database, "is no SQLite database; name another file"),
        (the_beginning_of_one, "is no SQLite database; name another file"),
        (a_folder, "is no file; name another one"),
    ],
)
def test_a_store_that_cannot_be_used_is_an_error_and_stays_as_it_is(smsway, kept, files, spoil, what):
    spoil(kept)
    before = files()

    result = smsway("check")

    assert 2 == result.exit_code
    assert f"{ERROR}{kept} {what}" in result.stderr
    assert before == files()
    with pytest.raises(StoreError):
        SqliteStore(kept)


def test_one_whose_folder_does_not_exist_is_an_error(smsway, add, tmp_path):
    add('[reports]\nstore = "nowhere/reports.db"')

    result = smsway("check")

    assert 2 == result.exit_code
    assert f"{ERROR}folder {tmp_path / 'nowhere'} does not exist; make it, or name another file" in result.stderr
    assert not (tmp_path / "nowhere").exists()


def test_one_whose_folder_is_a_file_is_an_error(smsway, add):
    add('[reports]\nstore = "smsway.toml/reports.db"')

    result = smsway("check")

    assert 2 == result.exit_code
    assert "smsway.toml does not exist" in result.stderr


AS_NOBODY = """
import os, sys
from smsway.cli._kept import kept_problems
from smsway.config import load
configuration = load(sys.argv[1])
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
print(*kept_problems(configuration))
"""


@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "what"),
    [
        (0o555, None, "folder {folder} cannot be written"),
        (0o555, 0o666, "folder {folder} cannot be written"),
        (0o777, 0o444, "{folder}/reports.db cannot be read and written; give this user the right"),
    ],
)
def test_one_that_may_not_be_written_is_an_error(config, folder_mode, file_mode, what):
    # Root may write everything, so whoever checks is somebody else, who has to get at the file.
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "smsway.toml").write_text(f'{config.read_text()}\n[reports]\nstore = "reports.db"\n')
        if file_mode is not None:
            SqliteStore(folder / "reports.db").close()
            (folder / "reports.db").chmod(file_mode)
        folder.chmod(folder_mode)

        command = [sys.executable, "-c", AS_NOBODY, folder / "smsway.toml"]
        run = subprocess.run(command, capture_output=True, text=True, check=True)

        folder.chmod(0o700)
    assert run.stdout.startswith(f"reports.store: {what.format(folder=folder)}")


@pytest.mark.parametrize("made", ["by smsway", "empty", "without tables", None])
def test_a_good_one_is_well_and_stays_as_it_is(smsway, kept, files, made):
    if made == "by smsway":
        SqliteStore(kept).close()
    elif made == "without tables":
        with closing(sqlite3.connect(kept)) as database:
            database.execute("pragma journal_mode = wal")
    elif made == "empty":
        kept.touch()
    before = files()

    result = smsway("check")

    assert (0, "") == (result.exit_code, result.stderr)
    assert before == files()
    SqliteStore(kept).close()


def test_one_in_use_is_well(smsway, kept):
    with closing(SqliteStore(kept)):
        result = smsway("check")

    assert (0, "") == (result.exit_code, result.stderr)


def test_at_a_sandbox_the_store_of_the_file_is_looked_at(ask, kept, tmp_path):
    (tmp_path / "reports.db.sandbox").mkdir()
    well = ask("check", "--live")
    kept.mkdir()

    broken = ask("check", "--live")

    assert (0, 2) == (well.exit_code, broken.exit_code)


class TestWebhooks:
    def test_without_a_store_they_are_an_error(self, smsway, add):
        add(f'[webhooks.accounts.cn]\nsecrets = ["literal:{SECRET}"]')

        result = smsway("check")

        assert 2 == result.exit_code
        assert f"{ERROR}is not set, and [webhooks] keeps in it what is posted; name an SQLite file" in result.stderr
        assert 2 == smsway("webhooks").exit_code

    @pytest.mark.parametrize("store", ["memory", "reports.db"])
    def test_with_one_all_is_well(self, smsway, add, store):
        add(f'[reports]\nstore = "{store}"\n[webhooks.accounts.cn]\nsecrets = ["literal:{SECRET}"]')

        assert 0 == smsway("check").exit_code

    @pytest.mark.usefixtures("kept")
    def test_each_secret_that_cannot_be_resolved_is_an_error(self, smsway, add):
        add('[webhooks.accounts.cn]\nsecrets = ["env:SMSWAY_NOWHERE"]\nusername = "a"\npassword = "env:SMSWAY_NO"')

        result = smsway("check")

        assert 2 == result.exit_code
        assert "error: webhooks.accounts.cn.secrets[0]: " in result.stderr
        assert "error: webhooks.accounts.cn.password: " in result.stderr

    @pytest.mark.usefixtures("kept")
    def test_an_account_whose_vendor_posts_nothing_is_an_error(self, smsway, add, install):
        install("silent", SILENT, PROVIDERS)
        add(f'[accounts.silent]\nprovider = "silent"\n[webhooks.accounts.silent]\nsecrets = ["literal:{SECRET}"]')

        result = smsway("check")

        assert 2 == result.exit_code
        told = "error: webhooks.accounts.silent: provider 'silent' takes no callbacks; cn, world, backup can"
        assert told in result.stderr


SILENT = """
from smsway.provider import AccountConfig, Capabilities, ProviderSpec, Sharing, hookimpl


class Config(AccountConfig):
    base_url: str = "https://sms.invalid"


@hookimpl
def register_providers(register):
    able = Capabilities(max_batch=1, sharing=Sharing.SAME, text=True)
    register(ProviderSpec(name="silent", config=Config, build=lambda config: object(), capabilities=able))
"""
