"""`smsway new-provider` writes a distribution that is whole and right before anybody changes it."""

from __future__ import annotations

import ast
import io
import os
import pty
import re
import socket
import subprocess
import sys
import tokenize
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from typer.testing import CliRunner
from workshop import Workshop

from smsway.cli._app import app
from smsway.cli._new_provider import LONGEST, LONGEST_NAME, check_name

ROOT = Path(__file__).parents[2]

# The code that a reader has to understand to know how the provider works: no table, and no side of the sandbox.
OWN = ("__init__", "_config", "_provider", "_wire")


def new_provider(*arguments: object):
    return CliRunner().invoke(app, ["new-provider", *map(str, arguments)])


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("providers") / "acme"
    assert 0 == new_provider("acme", "--into", folder).exit_code
    return folder


def files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.rglob("*") if each.is_file())


def test_its_wheel_passes_every_check_from_the_first_minute(tmp_path):
    folder, shop = tmp_path / "smsway-acme", Workshop(tmp_path / "environment")
    assert 0 == new_provider("acme", "--into", folder).exit_code
    for words in (["python", "-m", "build", "--wheel"], ["pip", "install", "dist/smsway_acme-0.1.0-py3-none-any.whl"]):
        ended = shop.run(words, folder)
        assert 0 == ended.returncode, ended.stdout + ended.stderr

    # What is known of smsway's types by an earlier run need not be found out again.
    known = str(ROOT / ".mypy_cache" / "new-provider")
    checks = (
        ["pytest", "-q"],
        ["mypy", "--cache-dir", known],
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
    )
    with ThreadPoolExecutor() as pool:
        ends = list(pool.map(lambda words: shop.run(words, folder), checks))

    assert [0] * len(checks) == [each.returncode for each in ends], "\n".join(each.stdout for each in ends)
    passed = int(re.search(r"(\d+) passed", ends[0].stdout)[1])
    assert passed > 100


def test_nothing_in_it_is_too_long_whatever_the_names(tmp_path):
    name = f"2{'x' * (LONGEST_NAME - 6)}-{'y' * 4}"
    wide = "字" * LONGEST
    assert 0 == new_provider(name, "--into", tmp_path / "new", "--title", wide, "--author", wide).exit_code

    for words in (["check"], ["format", "--check"]):
        ended = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "."],
            cwd=tmp_path / "new",
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == ended.returncode, ended.stdout
    for path in (tmp_path / "new").rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))


def lines_of_code(path: Path) -> int:
    """Count the lines that are more than space, comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    told = [each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Expr)]
    docstrings = {
        line
        for each in told
        if isinstance(each.value, ast.Constant)
        for line in range(each.lineno, each.end_lineno + 1)
    }
    meant = {tokenize.NAME, tokenize.NUMBER, tokenize.OP, tokenize.STRING}
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return len({token.start[0] for token in tokens if token.type in meant} - docstrings)


def test_the_provider_has_less_than_120_lines_of_code_of_its_own(written):
    count = sum(lines_of_code(written / "src/smsway_acme" / f"{name}.py") for name in OWN)

    assert 60 < count < 120


def test_whatever_is_the_author_s_to_change_says_so(written):
    changes = {
        str(path.relative_to(written)): path.read_text(encoding="utf-8").count("CHANGE") for path in files(written)
    }

    shown = {name for name, count in changes.items() if count}
    own = {f"src/smsway_acme/{name}.py" for name in ("_config", "_provider", "_wire", "_codes", "_sandbox")}
    assert own | {"tests/test_conformance.py", "tests/test_wire.py", "README.md", "docs/acme.md"} <= shown
    assert not {"src/smsway_acme/__init__.py", "pyproject.toml", "LICENSE"} & shown


def test_everything_says_the_name_and_nothing_is_left_of_the_template(tmp_path):
    folder = tmp_path / "new"

    result = new_provider("two-words", "--into", folder, "--title", "Two Words Ltd.", "--author", "A. Person")

    assert 0 == result.exit_code
    assert f"{folder} written" in result.stdout
    assert 'authors = [{ name = "A. Person" }]' in (folder / "pyproject.toml").read_text(encoding="utf-8")
    assert "A. Person\n" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "class TwoWordsConfig" in (folder / "src/smsway_two_words/_config.py").read_text(encoding="utf-8")
    for path in files(folder):
        assert not re.search(r"jinja|acme|\{%|(?<!\$)\{\{", f"{path}{path.read_text(encoding='utf-8')}", re.IGNORECASE)


def test_the_name_stands_for_the_title_and_the_authors(written):
    assert 'description = "smsway provider: Acme"' in (written / "pyproject.toml").read_text(encoding="utf-8")
    assert "The smsway-acme authors\n" in (written / "LICENSE").read_text(encoding="utf-8")


def test_the_page_has_the_headings_of_the_others(written):
    page = (written / "docs/acme.md").read_text(encoding="utf-8")
    other = (ROOT / "docs/providers/usms.md").read_text(encoding="utf-8")

    headings = re.compile(r"^## .*$", re.MULTILINE)
    assert headings.findall(other) == headings.findall(page)


def test_the_template_is_a_part_of_the_wheel():
    template = ROOT / "src/smsway/cli/scaffold"

    packed = {Path(each.path) for each in WheelBuilder(str(ROOT)).recurse_included_files()}

    assert len(files(template)) > 15
    assert set(files(template)) <= packed


def test_it_asks_nobody(tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert 0 == new_provider("acme", "--into", tmp_path / "new").exit_code


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("Acme", "such as 'acme'"),
        ("acme_sms", "such as 'acme-sms'"),
        ("acme--sms", "such as 'acme-sms'"),
        ("-acme", "no such option"),
        ("../acme", "such as 'acme'"),
        ("acmé", "such as 'acm'"),
        ("", "lower-case letters, digits"),
        ("smsway-acme", "say 'acme'"),
        ("x" * (LONGEST_NAME + 1), f"{LONGEST_NAME} are the most"),
        ("tencent-v5", "installed already; take another name"),
        ("account", "take another name: account-sms"),
    ],
)
def test_a_name_that_is_none_is_refused_with_the_way_out(tmp_path, monkeypatch, name, way):
    monkeypatch.chdir(tmp_path)

    result = new_provider(name)

    assert 2 == result.exit_code
    assert way in " ".join(result.stderr.replace("│", " ").split()).lower()
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["a", "2go", "acme", "acme-2", "two-words", "class", "true", "json", "batch"])
def test_any_other_name_will_do(name):
    check_name(name)


@pytest.mark.parametrize("name", ["class", "true", "none-2"])
def test_a_name_that_python_has_makes_a_package_all_the_same(tmp_path, name):
    assert 0 == new_provider(name, "--into", tmp_path / "new").exit_code

    for path in (tmp_path / "new").rglob("*.py"):
        ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("title", ["", " ", "a\nb", 'a "b"', "a\\", "{{ name }}", "x" * (LONGEST + 1)])
@pytest.mark.parametrize("option", ["--title", "--author"])
def test_what_cannot_stand_in_code_is_refused(tmp_path, option, title):
    result = new_provider("acme", "--into", tmp_path / "new", option, title)

    assert 2 == result.exit_code
    assert option in result.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("there", ["folder", "file", "full"])
def test_what_is_there_is_left_alone(tmp_path, there):
    place = tmp_path / "smsway-acme"
    if there == "file":
        place.write_text("mine", encoding="utf-8")
    else:
        place.mkdir()
    if there == "full":
        (place / "README.md").write_text("mine", encoding="utf-8")
    before = [(each, each.read_text(encoding="utf-8")) for each in files(tmp_path)]

    result = new_provider("acme", "--into", place)

    assert 2 == result.exit_code
    assert "is there already" in result.stderr
    assert before == [(each, each.read_text(encoding="utf-8")) for each in files(tmp_path)]


def test_without_copier_it_says_what_to_install(tmp_path):
    (tmp_path / "copier.py").write_text("raise ModuleNotFoundError(name='copier')\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "smsway", "new-provider", "acme"]

    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert 2 == run.returncode
    assert 'pip install "smsway[scaffold]"' in run.stderr
    assert not (tmp_path / "smsway-acme").exists()


def test_other_commands_need_no_copier():
    code = "import sys, smsway.cli._app; sys.exit('copier' in sys.modules)"

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


class TestAsking:
    def test_it_asks_on_a_terminal_what_was_not_said(self, tmp_path):
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "smsway", "new-provider", "acme", "--ask", "--author", "A. Person"]
        os.write(ours, b"Acme Telecom\n")

        run = subprocess.run(command, cwd=tmp_path, stdin=theirs, capture_output=True, text=True, check=False)

        os.close(ours)
        os.close(theirs)
        assert 0 == run.returncode, run.stderr
        assert "Title [Acme]" in run.stdout
        assert "Author" not in run.stdout
        assert "smsway provider: Acme Telecom" in (tmp_path / "smsway-acme/pyproject.toml").read_text(encoding="utf-8")

    def test_without_a_terminal_it_says_which_option_to_use(self, tmp_path):
        result = new_provider("acme", "--into", tmp_path / "new", "--ask")

        assert 2 == result.exit_code
        assert "--title" in result.stderr
        assert not (tmp_path / "new").exists()
