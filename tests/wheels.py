"""Builds every distribution and tests each provider's wheel beside the core's wheel, alone in an empty environment.

A distribution without an entry point is what several providers share: it is built and checked, and installed beside
those that depend on it.

Run by `make wheels`; needs `build` and hatchling in its own environment. Exits with 1 if anything is wrong.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "wheels"

PLACE = "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).submodule_search_locations[0])"


class Failure(Exception):
    """What is wrong, in words."""


def say(line: str) -> None:
    """Print *line* at once, for the next step may take a while."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def step(what: str, do: Callable[[], None]) -> bool:
    """Do it, and print how it went."""
    began = time.monotonic()
    try:
        do()
    except Failure as failure:
        say(f"  FAIL  {what}\n        " + str(failure).strip().replace("\n", "\n        "))
        return False
    say(f"  ok    {what} ({time.monotonic() - began:.1f} s)")
    return True


def run(*command: str | Path, cwd: Path) -> str:
    """Return what *command* printed; raises `Failure` with the end of it if its exit status is not 0."""
    # Neither this checkout nor the environment that runs this script may be seen from the empty one.
    hidden = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    ended = subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = (ended.stderr.strip() or ended.stdout.strip()).splitlines()
        raise Failure("\n".join([f"exit status {ended.returncode}", *said[-12:]]))
    return ended.stdout


def package_of(source: Path) -> str:
    """Return the import name of a distribution in `providers`."""
    return f"smsway_{source.name.replace('-', '_')}"


def project_of(source: Path) -> dict[str, Any]:
    """Return the table `project` of a distribution's pyproject.toml."""
    project: dict[str, Any] = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def is_provider(source: Path) -> bool:
    """Whether the distribution registers a provider."""
    return bool(project_of(source).get("entry-points"))


def shared_by(source: Path) -> list[str]:
    """Return the import names of the distributions in `providers` that this one depends on."""
    names = [re.split("[^a-z0-9-]", each)[0] for each in project_of(source)["dependencies"]]
    return [name.replace("-", "_") for name in names if name.startswith("smsway-")]


def artifact(project: str, suffix: str) -> Path:
    """Return the only file of *project* that was built."""
    found = sorted(OUT.glob(f"{project}-[0-9]*{suffix}"))
    if len(found) != 1:
        raise Failure(f"expected one {project}-*{suffix} in {OUT.relative_to(ROOT)}, found {len(found)}")
    return found[0]


def build(source: Path) -> None:
    """Build the sdist, and the wheel out of the sdist."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", OUT, source, cwd=ROOT)


def check_core_sdist() -> None:
    """The core's sdist must hold the core's sources and nothing of the providers."""
    with tarfile.open(artifact("smsway", ".tar.gz")) as archive:
        names = [name.partition("/")[2] for name in archive.getnames()]
    strangers = [name for name in names if name.split("/")[0] in {"providers", "tests"} or "smsway_" in name]
    if strangers:
        raise Failure(f"holds {len(strangers)} files of others, {strangers[0]!r} first")
    if "src/smsway/py.typed" not in names:
        raise Failure("holds no src/smsway/py.typed")


def check_wheel(package: str) -> None:
    """A wheel must hold one package, with its marker of types and its licence."""
    with zipfile.ZipFile(artifact(package, ".whl")) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    if {top for top in tops if not top.endswith(".dist-info")} != {package}:
        raise Failure(f"holds {sorted(tops)}, expected the package {package!r} only")
    if f"{package}/py.typed" not in names:
        raise Failure(f"holds no {package}/py.typed")
    if not any("/licenses/" in name for name in names):
        raise Failure("holds no licence; set license-files in its pyproject.toml")


def imports_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the file and the module of every import under *folder*."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield path.name, alias.name
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                # `from smsway import provider` names a module as well as `from smsway.provider import ...` does.
                top = node.module.startswith("smsway") and "." not in node.module
                below = [f"{node.module}.{alias.name}" for alias in node.names] if top else []
                for module in below or [node.module]:
                    yield path.name, module


def is_stranger(module: str, package: str, shared: Sequence[str]) -> bool:
    """Whether a *package* that depends on *shared* may not import this *module*."""
    top, *rest = module.split(".")
    if not top.startswith("smsway") or top == package:
        return False
    if top in shared:
        return any(part.startswith("_") for part in rest)
    return module != "smsway.provider"


def check_installed(python: Path, package: str, shared: Sequence[str], home: Path) -> None:
    """What is installed has its marker of types, and enters smsway and what is shared through their doors only."""
    for name in ("smsway", *shared, package):
        place = Path(run(python, "-I", "-c", PLACE, name, cwd=home).strip())
        if home.resolve() not in place.resolve().parents:
            raise Failure(f"{name} comes from outside the environment")
        if not (place / "py.typed").is_file():
            raise Failure(f"{name} has no py.typed")
        if name == "smsway":
            continue
        for file, module in imports_of(place):
            if is_stranger(module, name, shared):
                raise Failure(f"{file} imports {module}; of smsway it may import smsway.provider and nothing else")


def check_kit(python: Path, provider: Path, home: Path) -> None:
    """The whole conformance kit passes, a text over a socket included."""
    shutil.copy(provider / "tests" / "test_conformance.py", home)
    kit = ("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "test_conformance.py")
    said = run(python, *kit, cwd=home)
    if not re.search(r"\d+ passed", said):
        raise Failure(f"no check was run: {said}")


def check_command(python: Path, provider: str, home: Path) -> None:
    """`smsway providers` lists the one provider, and that it is ready."""
    rows = json.loads(run(python.with_name(f"smsway{python.suffix}"), "providers", "--json", cwd=home))
    if [(row["name"], row["state"]) for row in rows if row["kind"] == "provider"] != [(provider, "ready")]:
        raise Failure(f"lists {rows}")


def install(python: Path, packages: Sequence[str], home: Path) -> None:
    """Install the locked dependencies, and then the wheels as they are."""
    run(sys.executable, "-m", "venv", home / "venv", cwd=home)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "install", "--require-hashes", "-r", ROOT / "requirements" / "kit.txt", cwd=home)
    wheels = [artifact(package, ".whl") for package in packages]
    run(*pip, "install", "--no-deps", "--no-index", *wheels, cwd=home)
    run(*pip, "check", cwd=home)


def prove(provider: Path) -> bool:
    """Prove one provider's wheel in an environment that is gone afterwards."""
    package, shared = package_of(provider), shared_by(provider)
    with tempfile.TemporaryDirectory(prefix="smsway-wheels-") as folder:
        home = Path(folder)
        scripts = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
        python = scripts / ("python.exe" if os.name == "nt" else "python")
        beside = " and ".join(["the core", *shared])
        if not step(f"installs beside {beside} alone", lambda: install(python, ["smsway", *shared, package], home)):
            return False
        checks = [
            ("is typed, and imports smsway.provider only", lambda: check_installed(python, package, shared, home)),
            ("passes the conformance kit", lambda: check_kit(python, provider, home)),
            ("is listed by `smsway providers`", lambda: check_command(python, provider.name, home)),
        ]
        results = [step(what, do) for what, do in checks]
        return all(results)


def main() -> int:
    """Build, check and prove everything; return the exit status."""
    sources = sorted(path.parent for path in (ROOT / "providers").glob("*/pyproject.toml"))
    shutil.rmtree(OUT, ignore_errors=True)
    good = True
    for source in (ROOT, *sources):
        package = "smsway" if source == ROOT else package_of(source)
        say(f"{package}: build")
        good &= step("sdist, and the wheel out of it", partial(build, source))
        good &= step("the wheel holds what it should", partial(check_wheel, package))
    good &= step("the core's sdist holds nothing of the providers", check_core_sdist)
    for provider in filter(is_provider, sources):
        say(f"{package_of(provider)}: in an empty environment")
        good &= prove(provider)
    say("all wheels are good" if good else "FAILED, see above")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
