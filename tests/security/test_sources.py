"""What must not stand in the sources does not, and what they depend on is no older than its last hole."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from smsway.plugins import Plugins

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("src/**/*.py"), *ROOT.glob("providers/*/src/**/*.py")])

NEVER_IMPORTED = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "jsonpickle",
    "yaml",
    "xml",
    "telnetlib",
    "ftplib",
}
NEVER_CALLED = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "ssl._create_unverified_context"}
NEVER_NAMED = {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context", "_create_unverified_https_context"}
NEVER_SET = {"check_hostname", "verify_mode"}
NEVER_GIVEN = {"verify", "shell", "trust_env", "check_hostname", "follow_redirects"}

# h11: CVE-2025-43859. httpx2: CVE-2026-84382 and four more, the last mended in 2.12.0. starlette: CVE-2026-48710.
FLOORS = {"h11": (0, 16), "httpx2": (2, 12), "starlette": (1, 0, 1)}
ABSENT = {"h2", "hpack", "hyperframe", "socksio"}


def violations(source):
    """Return what *source*, a module, has that it must not have."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found += [each.name for each in names if each.name.partition(".")[0] in NEVER_IMPORTED]
            case ast.ImportFrom(module=str(module)):
                found += [module] if module.partition(".")[0] in NEVER_IMPORTED else []
            case ast.Call(func=func, keywords=keywords):
                name = ast.unparse(func)
                found += [name] if name in NEVER_CALLED else []
                found += [f"{each.arg}=" for each in keywords if _switches(each)]
            case ast.Attribute(attr=attr):
                found += (
                    [attr] if attr in NEVER_NAMED or (attr in NEVER_SET and isinstance(node.ctx, ast.Store)) else []
                )
            case _:
                pass
    return found


def _switches(keyword):
    if keyword.arg not in NEVER_GIVEN:
        return False
    return not (keyword.arg == "trust_env" and ast.unparse(keyword.value) == "False")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import pickle", ["pickle"]),
        ("from yaml import load", ["yaml"]),
        ("def f():\n    import xml.etree.ElementTree", ["xml.etree.ElementTree"]),
        ("eval('1')", ["eval"]),
        ("re.compile('1')", []),
        ("subprocess.run('ls', shell=True)", ["shell="]),
        ("httpx.Client(verify=False, trust_env=False)", ["verify="]),
        ("httpx.Client(trust_env=True)", ["trust_env="]),
        ("httpx.get('x', follow_redirects=True)", ["follow_redirects="]),
        ("context.check_hostname = False", ["check_hostname"]),
        ("context.verify_mode = ssl.CERT_NONE", ["verify_mode", "CERT_NONE"]),
        ("x = context.verify_mode", []),
    ],
)
def test_the_search_finds_what_it_looks_for(source, found):
    assert sorted(violations(source)) == sorted(found)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_runs_what_it_reads_or_trusts_anybody(path):
    assert violations(path.read_text(encoding="utf-8")) == []


def test_the_linter_looks_for_holes_in_every_source_and_few_of_its_findings_are_waved_through():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    waved = {rule for path in SOURCES for rule in re.findall(r"noqa:[^#]*\b(S\d+)", path.read_text(encoding="utf-8"))}

    assert settings["select"] == ["ALL"]
    assert [rule for rule in settings["ignore"] if re.fullmatch(r"S\d*", rule)] == []
    assert [where for where, rules in settings["per-file-ignores"].items() if "S" in rules] == [
        "**/tests/**",
        "benchmarks/**",
    ]
    # Asserts; SQL of our own words; random numbers that are no secrets; a vendor's algorithm; addresses to listen on.
    assert waved <= {"S101", "S104", "S311", "S324", "S608"}


@pytest.mark.parametrize("name", ["tencent-v5", "tencent-sms", "tencent-global", "usms"])
def test_a_vendor_is_reached_over_https_unless_somebody_says_otherwise(name):
    config = Plugins().load_provider(name).config

    assert config.model_fields["base_url"].default.startswith("https://")


def pins(file):
    text = (ROOT / "requirements" / file).read_text(encoding="utf-8")
    return {
        name: tuple(map(int, re.findall(r"\d+", version)[:3]))
        for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.]+)", text)
    }


@pytest.mark.parametrize("file", ["run.txt", "dev.txt", "docs.txt"])
def test_every_requirement_is_pinned_with_its_hash_and_has_no_known_hole_of_the_past(file):
    lines = (ROOT / "requirements" / file).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    pinned = pins(file)

    assert pinned
    assert [
        line for line in lines if line.strip() and not line.lstrip().startswith("#") and "--hash=sha256:" not in line
    ] == []
    assert {name for name, floor in FLOORS.items() if pinned.get(name, floor) < floor} == set()
    assert ABSENT & pinned.keys() == set()


def test_no_version_with_a_known_hole_can_be_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    least = {
        match["name"]: tuple(map(int, match["version"].split(".")))
        for match in (re.match(r"(?P<name>[\w-]+)[^>]*>=(?P<version>[\d.]+)", each) for each in wanted)
        if match
    }

    assert {name: least.get(name) for name, floor in FLOORS.items() if least.get(name, (0,)) < floor} == {}


def test_every_package_is_held_to_the_contracts_of_imports():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    here = {path.name for path in ROOT.glob("providers/*/src/*")}
    contracts = {each["name"]: each for each in settings["importlinter"]["contracts"]}
    layers = contracts["Providers do not know each other, and what they share knows none of them"]["layers"]

    assert here == {name for layer in layers[:-1] for name in layer.split(" | ")}
    assert here == set(contracts["A provider enters through its door only"]["source_modules"])
    assert here <= set(contracts["Only the transport room touches the HTTP library"]["source_modules"])
    for names in (settings["importlinter"]["root_packages"], settings["mypy"]["packages"]):
        assert {"smsway", *here} == set(names)
    assert {"smsway", *here} == set(settings["coverage"]["run"]["source_pkgs"])
