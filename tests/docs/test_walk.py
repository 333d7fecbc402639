"""The tutorial for authors of providers works as it is printed, from an empty folder to a wheel.

Its blocks are carried out in their order: commands are called, files are written and changed, scripts are run, and what
is printed as their output is looked for in it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from workshop import Workshop

ROOT = Path(__file__).parents[2]
PAGE = "docs/tutorial/write-a-provider.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ([\w./-]+\.(?:py|toml))\n")

# What a command that came to such an end prints.
_NOT_WELL = re.compile(r"\b(FAILED|rejected|unknown)\b")


class Walk:
    """Carries a page out in an empty *folder*."""

    def __init__(self, folder: Path, port: int) -> None:
        self.shop = Workshop(folder / "environment")
        self.cwd = folder / "work"
        self.cwd.mkdir()
        self.port = str(port)
        # What is known of smsway's types by an earlier walk need not be found out again.
        self.variables = {"MYPY_CACHE_DIR": str(ROOT / ".mypy_cache" / "walk"), "COLUMNS": "200"}
        self.servers: list[subprocess.Popen[str]] = []
        self.said = ""

    def take(self, kind: str, body: str, following: str) -> None:
        """Carry one block out; *following* is the output that is printed below it."""
        named = _FILE.match(body)
        match kind:
            case "sh":
                for line in body.splitlines():
                    self.call(line, well=not _NOT_WELL.search(following))
            case "python" | "toml" if named:
                (self.cwd / named[1]).write_text(body[named.end() :], encoding="utf-8")
            case "python":
                self.run(["python", "-c", body], well=True)
            case "toml":
                shown = tomllib.loads((self.cwd / "pyproject.toml").read_text(encoding="utf-8"))
                assert contains(shown, tomllib.loads(body)), body
            case "diff":
                self.change(body)
            case "text":
                said = plain(self.said)
                for line in body.splitlines():
                    assert line == "..." or plain(line) in said, f"{line}\nis not in\n{self.said}"
            case _:
                pytest.fail(f"a block of {kind}")

    def call(self, line: str, *, well: bool) -> None:
        """Carry a line of a shell out."""
        words = shlex.split(line.replace("8025", self.port))
        match words:
            case ["cd", place]:
                self.cwd /= place
            case ["export", setting]:
                name, _, value = setting.partition("=")
                self.variables[name] = value
            case ["smsway", "sandbox", *_]:
                self.serve(words)
            case ["smsway", command, *others]:
                # Nothing on the page may send in earnest.
                assert command in {"new-provider", "check", "providers"} or "--sandbox" in others, line
                self.run(words, well=well)
            case _:
                self.run(words, well=well)

    def run(self, words: list[str], *, well: bool) -> None:
        """Run a command to its end and keep what it says; fail unless it ends as it should."""
        command = words if words[0] == "grep" else self.shop.called(words)
        environment = {**self.shop.environment, **self.variables}
        ended = subprocess.run(command, cwd=self.cwd, env=environment, capture_output=True, text=True, check=False)
        self.said = ended.stdout + ended.stderr
        assert well is (ended.returncode == 0), f"{words}\n{self.said}"

    def serve(self, words: list[str]) -> None:
        """Start a server, and wait until it says that it is there."""
        environment = {**self.shop.environment, **self.variables, "PYTHONUNBUFFERED": "1"}
        command = self.shop.called(words)
        server = subprocess.Popen(command, cwd=self.cwd, env=environment, stdout=subprocess.PIPE, text=True)
        self.servers.append(server)
        assert server.stdout is not None
        assert any("Ctrl-C" in line for line in server.stdout), "the sandbox has ended"

    def change(self, diff: str) -> None:
        """Change a file; what is there before must stand in it once."""
        head, *lines = diff.splitlines()
        path = self.cwd / head.removeprefix("--- ")
        before = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("+"))
        after = "".join(f"{line[1:]}\n" for line in lines if not line.startswith("-"))
        source = path.read_text(encoding="utf-8")
        assert source.count(before) == 1, f"{before}\nis not once in {path.name}"
        path.write_text(source.replace(before, after), encoding="utf-8")

    def end(self) -> None:
        """Stop the servers."""
        for server in self.servers:
            server.terminate()
            server.communicate()


def plain(text: str) -> str:
    """Return *text* without the lines of tables, and with one space for several."""
    return " ".join(re.sub(r"[│┃|]", " ", text).split())


def contains(whole: object, part: object) -> bool:
    """True if every member of *part* is that of *whole*."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(contains(whole.get(name), member) for name, member in part.items())
    return whole == part


@pytest.fixture
def walk(tmp_path: Path, free_port: Callable[[], int]):
    walked = Walk(tmp_path, free_port())
    yield walked
    walked.end()


@pytest.mark.timeout(400)
def test_the_tutorial_for_authors_works_as_it_is_printed(walk, read):
    blocks = _BLOCK.findall(read(PAGE))
    followings = [body if kind == "text" else "" for kind, body in blocks[1:]]

    for (kind, body), following in zip(blocks, [*followings, ""], strict=True):
        walk.take(kind, body, following)

    assert [each.name for each in (walk.cwd / "dist").glob("*.whl")] == ["smsway_acme-0.1.0-py3-none-any.whl"]
    assert len(blocks) > 30
