"""The place of a provider's author: an environment beside this one, and the commands that are called there."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

_PIP = ("-m", "pip", "--disable-pip-version-check", "--python")
# Nothing is resolved or fetched: whatever a provider needs is in the environment of the tests.
_OFFLINE = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation")


class Workshop:
    """An environment in *folder* that sees all that this one has, and into which more can be installed."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder)
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        here = sysconfig.get_path("purelib")
        there = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
        # By `addsitedir`, which reads the .pth files there as well: of what is installed as editable.
        (there / "beside.pth").write_text(f"import site; site.addsitedir({here!r})\n", encoding="utf-8")

    def run(self, words: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Call a command such as `pytest` or `pip install` in *cwd*, without any network."""
        return subprocess.run(
            self.called(words), cwd=cwd, env=self.environment, capture_output=True, text=True, check=False
        )

    def called(self, words: Sequence[str]) -> list[str]:
        """Return how the command *words* is called there."""
        match words:
            case ["pip", "install", *what]:
                local = [each for each in what if each not in {"--group", "dev"}]
                return [sys.executable, *_PIP, str(self.python), "install", *_OFFLINE, *local]
            case ["python", "-m", "build", *what]:
                return [str(self.python), "-m", "build", "--no-isolation", *what]
            case ["python", *what]:
                return [str(self.python), *what]
        return [str(self.python), "-m", *words]

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a command; what the tests of this checkout measure and cache is their own."""
        return {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
