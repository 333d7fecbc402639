"""What smsway weighs: the time of its import, what is imported of providers, and memory after one send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points

from _canned import VENDORS
from _rounds import Cost, Turn, measure
from _section import Bench, Section
from _targets import IMPORT, IMPORT_CLIENT, PROVIDERS_IMPORTED, RESIDENT

TEXT = """Each import is timed in a process of its own, from the statement to its end; all take turns. `import smsway`
alone gives the names, and each brings what it stands for when it is asked for; `from smsway import Client, Message,
Template` is what an application writes. What a client is made of is imported when it is made, so the row after these
goes on until there is a client of one account; httpx and pydantic stand beside it without a client or a model. The
provider packages are those that are installed beside smsway. Memory is what is resident after one text was sent with
`Client.send`, over TLS, and the same for a post with httpx in a process that has imported httpx and pydantic."""

COLUMNS = ("what", "smsway", "httpx and pydantic", "ratio")

TIMED = """
import json, time
began, used = time.perf_counter(), time.process_time()
{}
print(json.dumps({{"seconds": time.perf_counter() - began, "cpu": time.process_time() - used}}))
"""

ALONE, PEERS = "import smsway", "import httpx, pydantic"
NAMES = "from smsway import Client, Message, Template"
MADE = f"{NAMES}; Client.from_config({VENDORS['tencent-v5'].configuration()!r}).close()"
STATEMENTS = {ALONE: ALONE, NAMES: NAMES, "the same, and a client of one account": MADE, PEERS: PEERS}
"""What is told of each -> what is run."""

LOADED = """
import json, sys
told = json.load(sys.stdin)
def loaded():
    return sorted(set(sys.modules) & set(told["packages"]))
from smsway import Client
before = loaded()
with Client.from_config(told["configuration"]):
    print(json.dumps({"before": before, "after": loaded()}))
"""

_MEMORY = """
import json, os, ssl, sys
told = json.load(sys.stdin)
trust = ssl.create_default_context(cafile=told["authority"])
{}
pages = int(open("/proc/self/statm").read().split()[1])
print(json.dumps(pages * os.sysconf("SC_PAGE_SIZE") / 1e6))
"""
SENT = _MEMORY.format("""
from smsway import Client, Message, Template
content = Template("login_code", {"code": "1234", "minutes": "4"})
with Client.from_config(told["configuration"], base_urls={"only": told["url"]}, ssl_context=trust) as client:
    client.send(Message(to=[told["phone"]], content=content)).raise_for_failure()
""")
POSTED = _MEMORY.format("""
import httpx, pydantic
with httpx.Client(verify=trust) as client:
    client.post(told["url"], content=told["body"]).raise_for_status()
""")


def run(bench: Bench) -> Section:
    """Measure."""
    section = Section("Weight", TEXT, COLUMNS)
    turns = {what: importing(statements) for what, statements in STATEMENTS.items()}
    timed = measure(turns, bench.rounds, 0, calls=dict.fromkeys(turns, 3))
    ratios = {what: timed.ratio(what, PEERS) for what in STATEMENTS if what != PEERS}
    for what, ratio in ratios.items():
        times = (f"{timed.median(name) * 1e3:.0f} ms" for name in (what, PEERS))
        section.lines.append((what, *times, f"{ratio:.2f}"))
    found = imported()
    for when, names in found.items():
        section.lines.append((f"provider packages imported {when}", ", ".join(names) or "none", "", ""))
    sent, posted = memory(bench)
    section.lines.append(("resident after one send", f"{sent:.0f} MB", f"{posted:.0f} MB", f"{sent / posted:.2f}"))
    before = len(found["before configuration"])
    section.figures = {IMPORT: ratios[ALONE], IMPORT_CLIENT: ratios[NAMES], PROVIDERS_IMPORTED: before, RESIDENT: sent}
    return section


def importing(statements: str) -> Turn:
    """Return the turn that runs *statements* so many times, each in a new process."""

    def turn(calls: int) -> Cost:
        costs = [Cost(**json.loads(_python(TIMED.format(statements)))) for _ in range(calls)]
        return Cost(sum(cost.seconds for cost in costs), sum(cost.cpu for cost in costs))

    return turn


def imported() -> dict[str, list[str]]:
    """Return which provider packages are imported with smsway, and which by a configuration with one account."""
    packages = sorted(
        {entry.value.partition(":")[0].partition(".")[0] for entry in entry_points(group="smsway.providers")}
    )
    told = {"packages": packages, "configuration": VENDORS["tencent-v5"].configuration()}
    found = json.loads(_python(LOADED, told))
    return {"before configuration": found["before"], "by an account of tencent-v5": found["after"]}


def memory(bench: Bench) -> tuple[float, float]:
    """Return the MB that are resident after one send of smsway, and after one post of httpx."""
    vendor = VENDORS["tencent-v5"]
    told = {
        "authority": bench.served.authority,
        "configuration": vendor.configuration(),
        "url": bench.served.url(vendor.name, tls=True),
        "phone": vendor.phones(1)[0],
        "body": '{"tel": {"mobile": "13788000000"}}',
    }
    return float(_python(SENT, told)), float(_python(POSTED, told))


def _python(program: str, told: object = None) -> str:
    command = [sys.executable, "-c", program]
    # Where no bytecode may be written, smsway would be compiled each time, and what is installed would not.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, input=json.dumps(told), stdout=subprocess.PIPE, text=True, check=True, env=env)
    return done.stdout
