"""Checks of the distribution: how the provider is found, and what it may import."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType

import pytest

from smsway.plugins import PROVIDERS
from smsway.testing._checks._declared import Declared

_DOOR = "smsway.provider"

_FORBIDDEN: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("httpx", "httpcore", "requests", "aiohttp", "urllib3", "urllib.request", "http.client", "socket", "ssl"),
            "a provider does no I/O; it yields a Request",
        ),
        **dict.fromkeys(
            ("asyncio", "threading", "concurrent", "multiprocessing", "queue"), "a provider runs nothing of its own"
        ),
        **dict.fromkeys(("random", "secrets"), "chance makes other bytes each time; take `stamp.nonce`"),
        **dict.fromkeys(("tenacity", "backoff", "stamina"), "there is one retry layer, the engine's"),
        **dict.fromkeys(
            ("logging", "loguru", "structlog"), "a log line may hold phones; the engine tells what happens"
        ),
        **dict.fromkeys(("pickle", "marshal", "shelve"), "what comes from a network is never unpickled"),
    }
)
_CHANCES = frozenset(
    {
        *(
            f"time.{name}"
            for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep")
        ),
        *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
        "datetime.date.today",
        "uuid.uuid1",
        "uuid.uuid4",
        "os.urandom",
        "os.getpid",
    }
)


class InstalledChecks(Declared):
    """What holds for the package of a provider."""

    def test_the_entry_point_registers_a_provider_of_this_name(self) -> None:
        """A configuration names a provider, and its plugin is found by an entry point of that name.

        If it fails: write `[project.entry-points."smsway.providers"]` with the name, and install the distribution anew.
        """
        self.need(self.plugin is None, "the provider is given as a plugin object")
        entries = entry_points(group=PROVIDERS, name=self.provider)

        assert len(entries) == 1, f"{len(entries)} entry points of {PROVIDERS} are called {self.provider!r}"
        assert self.subject.spec.name == self.provider

    def test_the_package_enters_through_the_door_only(self) -> None:
        """A provider imports `smsway.provider` and nothing else of smsway, so that the core can change its rooms.

        If it fails: the message names the file and the import.
        """
        for path, module in self._imports():
            if module.split(".")[0] == "smsway" and module != _DOOR:
                pytest.fail(f"{path.name} imports {module}; a provider imports {_DOOR} and nothing else of smsway")

    def test_the_package_imports_nothing_that_acts(self) -> None:
        """No I/O, no threads, no chance, no retries, no log: a provider only translates.

        If it fails: the message names the file, the import and what to use instead.
        """
        for path, module in self._imports():
            for name, why in _FORBIDDEN.items():
                if module == name or module.startswith(f"{name}."):
                    pytest.fail(f"{path.name} imports {module}: {why}")

    def test_the_package_reads_no_clock_and_takes_no_chances(self) -> None:
        """Time and chance are those of the stamp, or a pull cannot be replayed and a signature not be tested.

        If it fails: use `stamp.now` or `stamp.nonce`.
        """
        for path, tree in self._trees():
            for line, called in _calls(tree):
                if called in _CHANCES:
                    pytest.fail(f"{path.name}:{line} calls {called}; use stamp.now or stamp.nonce")

    def test_the_package_imports_no_other_provider(self) -> None:
        """A provider can be installed alone.

        If it fails: what two providers share belongs into a distribution of its own.
        """
        others = {entry.value.partition(":")[0].partition(".")[0] for entry in entry_points(group=PROVIDERS)}
        others.discard(self.subject.package)

        for path, module in self._imports():
            if module.split(".")[0] in others:
                pytest.fail(f"{path.name} imports {module}, which is another provider's")

    def test_the_package_is_typed(self) -> None:
        """A package with `py.typed` is checked by its users' type checkers.

        If it fails: put an empty `py.typed` into the package.
        """
        folder = self.subject.folder
        self.need(folder and self.plugin is None, "the provider is in no package")
        assert folder is not None

        assert (folder / "py.typed").is_file(), "the package has no py.typed"

    def test_the_distribution_says_which_core_it_is_for(self) -> None:
        """A provider requires `smsway` with a lower and an upper bound, and has a licence.

        If it fails: write `dependencies = ["smsway>=0.1,<0.2"]` and `license` into its pyproject.toml.
        """
        self.need(self.plugin is None, "the provider is given as a plugin object")
        (installed,) = {each.dist for each in entry_points(group=PROVIDERS, name=self.provider)}
        assert installed is not None, "the entry point belongs to no distribution"
        required = [each.split(";")[0].replace(" ", "") for each in installed.requires or []]
        core = [each for each in required if each.startswith(("smsway>", "smsway<"))]

        assert core and ">=" in core[0] and "<" in core[0], "the distribution requires no bounded version of smsway"
        licences = {"License-Expression", "License"}.intersection(installed.metadata)
        assert licences, "the distribution has no licence"

    def _trees(self) -> Iterator[tuple[Path, ast.Module]]:
        for path in self.subject.sources if self.plugin is None else ():
            yield path, ast.parse(path.read_text(encoding="utf-8"))

    def _imports(self) -> Iterator[tuple[Path, str]]:
        for path, tree in self._trees():
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    yield from ((path, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    # `from smsway import provider` names a module as well.
                    below = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "smsway" else []
                    yield from ((path, module) for module in below or [node.module])


def _calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and the whole name of everything that is called, by whatever name it was imported."""
    whole: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            whole |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            whole |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, dot, rest = ast.unparse(node.func).partition(".")
            yield node.lineno, f"{whole.get(first, first)}{dot}{rest}"
