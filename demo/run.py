"""Sends to thousands of phones while every account fails, and asks the sandbox whether anybody was texted twice."""  # noqa: INP001  # a script, not a package

from __future__ import annotations

import argparse
import csv
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from smsway import Certainty, Client, Delivery, Message, Outcome, Reason, Recipient, Status, Template
from smsway.cli._explain import show
from smsway.cli._failure import warnings_shown
from smsway.cli._output import console, summary, table
from smsway.config import load
from smsway.model import mask
from smsway.sandbox import REFUSED, STRUCK, Sandbox, Submission, sandbox_of

CONFIG = Path(__file__).with_name("smsway.toml")
COUNTRIES = {
    "CN": 1_000,
    "MY": 200,
    "GB": 200,
    "DE": 200,
    "FR": 150,
    "BR": 150,
    "IN": 150,
    "ZA": 150,
    "JP": 100,
    "ID": 100,
}
DROPPED = 3
BALANCE = 520
BLOCKED = 0.1
DAY = "Monday"

out = console()


@dataclass(frozen=True, slots=True)
class Person:
    """A row of the recipients' file; *code* is empty where everybody is told the same."""

    reference: str
    phone: str
    code: str


def people(seed: int) -> Iterator[Person]:
    """Invent recipients with the phones of real numbering plans; the same *seed* gives the same ones."""
    chance = random.Random(seed)  # noqa: S311  # nothing to be kept secret
    for country, count in COUNTRIES.items():
        for number, phone in enumerate(sorted(phones(country, count, chance))):
            code = "" if country == "CN" else f"{chance.randrange(10**6):06d}"
            yield Person(f"{country}-{number}", phone, code)


def phones(country: str, count: int, chance: random.Random) -> set[str]:
    """Return *count* valid mobile numbers of *country* in E.164, none of which is magic to the sandbox."""
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    assert example is not None  # noqa: S101  # every one of these countries has mobile phones
    stem = phonenumbers.format_number(example, PhoneNumberFormat.E164)[:-5]
    found: set[str] = set()
    while len(found) < count:
        phone = f"{stem}{chance.randrange(10**5):05d}"
        if phonenumbers.is_valid_number(phonenumbers.parse(phone)) and phone[-6:] not in {*REFUSED, *STRUCK}:
            found.add(phone)
    return found


def write(path: Path, rows: Sequence[Person]) -> None:
    """Write the recipients' file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("phone", "reference", "code"))
        writer.writerows((person.phone, person.reference, person.code) for person in rows)


def messages(path: Path) -> Iterator[Message]:
    """Read the recipients' file as one message per row; smsway packs them into full batches."""
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield message_to(Person(row["reference"], row["phone"], row["code"]))


def message_to(person: Person, accounts: Sequence[str] = ()) -> Message:
    """Say what *person* is told."""
    content = Template("pickup", {"code": person.code, "day": DAY}) if person.code else Template("notice", {"day": DAY})
    return Message(to=Recipient(person.phone, reference=person.reference), content=content, accounts=accounts)


def arm(sandbox: Sandbox) -> None:
    """Order the faults; the balance of `cn` was set when the sandbox was made."""
    sandbox.inject("drop_after", account="world", times=DROPPED)
    sandbox.refuse_recipients("blocked_recipient", account="backup", share=BLOCKED)


def offences(
    persons: Sequence[Person], outcomes: Sequence[Outcome], texts: dict[str, int], taken: Sequence[Submission]
) -> Iterator[tuple[str, list[str]]]:
    """Yield every promise that was not kept, with the phones it was not kept to."""
    yield "texted more than once", [phone for phone, count in texts.items() if count > 1]
    told = Counter(outcome.reference for outcome in outcomes)
    yield "without exactly one outcome", [person.phone for person in persons if told[person.reference] != 1]
    strangers = told.keys() - {person.reference for person in persons}
    yield "with an outcome that nobody asked for", [str(o.recipient) for o in outcomes if o.reference in strangers]
    by_account = {(submission.account, submission.phone) for submission in taken}
    yield (
        "accepted, but the sandbox did not get them",
        [str(o.recipient) for o in of(outcomes, Status.ACCEPTED) if (o.account, str(o.recipient)) not in by_account],
    )
    yield (
        "texted, but told as rejected or not sent",
        [
            str(o.recipient)
            for o in [*of(outcomes, Status.REJECTED), *of(outcomes, Status.NOT_SENT)]
            if str(o.recipient) in texts
        ],
    )


def slips(known: Mapping[str, Delivery], texts: Mapping[str, int]) -> Iterator[tuple[str, list[str]]]:
    """Yield what the reports of those in doubt were taken for and are not."""
    delivered = {phone for phone, delivery in known.items() if delivery is Delivery.DELIVERED}
    yield "unknown, texted, and not found in any report", [p for p in known if p in texts and p not in delivered]
    yield "told as delivered, but never texted", [phone for phone in delivered if phone not in texts]


def of(outcomes: Sequence[Outcome], status: Status) -> list[Outcome]:
    """Return the outcomes with this status."""
    return [outcome for outcome in outcomes if outcome.status is status]


def moved(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return those whom `cn` could not pay for and whom `backup` took."""
    return [
        outcome
        for outcome in of(outcomes, Status.ACCEPTED)
        if outcome.account == "backup"
        and [(a.account, a.reason) for a in outcome.attempts[:1]] == [("cn", Reason.INSUFFICIENT_BALANCE)]
    ]


def faults(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Count what each of the three faults did to recipients."""
    unknown = [o for o in of(outcomes, Status.UNKNOWN) if o.attempts[-1].certainty is Certainty.MAYBE_SENT]
    return {
        "unknown, because world dropped the connection": sum(
            (o.account, o.reason) == ("world", Reason.NO_ANSWER) for o in unknown
        ),
        "rejected, because backup has them blocked": sum(
            (o.account, o.reason) == ("backup", Reason.BLOCKED_RECIPIENT) for o in of(outcomes, Status.REJECTED)
        ),
        "moved to backup, because cn ran out of balance": len(moved(outcomes)),
    }


def explain(client: Client, persons: Sequence[Person]) -> None:
    """Show the way of one recipient on each route."""
    for person in (persons[0], persons[-1]):
        show(client.explain(message_to(person)), out)


def careless(client: Client, outcomes: Sequence[Outcome], persons: Sequence[Person]) -> None:
    """Do what must not be done: send again to those who got no answer."""
    by_reference = {person.reference: person for person in persons}
    again = [message_to(by_reference[o.reference or ""], ("backup",)) for o in of(outcomes, Status.UNKNOWN)]
    out.print(f"--break: sending again to {len(again)} phones whose outcome is unknown\n", style="bold red")
    for _ in client.send_many(again):
        pass


def pull(client: Client, outcomes: Sequence[Outcome]) -> dict[str, Delivery]:
    """Fetch all delivery reports; return what became of those whose outcome is unknown, by phone."""
    count = 0
    while reports := client.reports.pull():
        count += len(reports)
    out.print(f"\nPulled {count} delivery reports; {len(client.reports.unmatched())} of them fit nobody.")
    return {
        str(outcome.recipient): max(
            (each.delivery for each in client.reports.tracked(reference=outcome.reference)), key=lambda each: each.rank
        )
        for outcome in of(outcomes, Status.UNKNOWN)
    }


def judge(
    persons: Sequence[Person], outcomes: Sequence[Outcome], known: Mapping[str, Delivery], sandbox: Sandbox
) -> int:
    """Compare the outcomes, and what the reports told later, with what the sandbox counted; return the exit status."""
    texts, taken = sandbox.texts(), sandbox.submissions()
    counted = Counter(texts.get(person.phone, 0) for person in persons)
    out.print(table("Texts per phone, as the sandbox counted", ("texts", "phones"), sorted(counted.items())))
    unknown = of(outcomes, Status.UNKNOWN)
    texted = sum(str(outcome.recipient) in texts for outcome in unknown)
    out.print(
        f"Of {len(unknown)} unknown recipients the sandbox texted {texted}: sending again would have been wrong.\n"
    )
    done = faults(outcomes)
    done["unknown, and known to be delivered from the reports"] = sum(
        delivery is Delivery.DELIVERED for delivery in known.values()
    )
    promises = [*offences(persons, outcomes, texts, taken), *slips(known, texts)]
    broken = [(what, found) for what, found in promises if found]
    for what, count in done.items():
        out.print(f"  {'ok  ' if count else 'FAIL'} {count} {what}", style=None if count else "bold red")
    for what, found in promises:
        out.print(f"  {'FAIL' if found else 'ok  '} {len(found)} {what}", style="bold red" if found else None)
    if not broken and all(done.values()):
        out.print(f"\nEvery one of {len(persons)} recipients got exactly one outcome, and nobody was texted twice.")
        return 0
    for what, found in broken:
        out.print(f"\n{len(found)} {what}: {', '.join(map(mask, found[:10]))}", style="bold red", soft_wrap=True)
    out.print("\nThe promise is broken.", style="bold red")
    return 1


def run(persons: Sequence[Person], path: Path, *, breaking: bool) -> int:
    """Send to everybody against a sandbox; return the exit status."""
    write(path, persons)
    out.print(f"{len(persons)} recipients in {len(COUNTRIES)} countries are in {path}\n", soft_wrap=True)
    with sandbox_of(load(CONFIG), balances={"cn": BALANCE}) as sandbox:
        arm(sandbox)
        with Client.from_config(CONFIG, base_urls=sandbox.urls) as client:
            explain(client, persons)
            began = time.monotonic()
            outcomes = list(client.send_many(messages(path)))
            took = time.monotonic() - began
            if breaking:
                careless(client, outcomes, persons)
            known = pull(client, outcomes)
        counts = Counter((each.status, each.account or "", str(each.reason or "")) for each in outcomes)
        requests = ", ".join(f"{account} {count}" for account, count in sandbox.requests().items())
        out.print(f"\nSent in {took:.1f} s; requests: {requests}\n")
        out.print(summary(counts, "Outcomes"))
        return judge(persons, outcomes, known, sandbox)


def main() -> int:
    """Run the demo; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--break", dest="breaking", action="store_true", help="send twice, to see the checks fail")
    parser.add_argument("--csv", type=Path, help="keep the recipients in this file")
    parser.add_argument("--seed", type=int, default=1, help="other recipients [1]")
    options = parser.parse_args()
    persons = list(people(options.seed))
    with warnings_shown(), tempfile.TemporaryDirectory() as folder:
        return run(persons, options.csv or Path(folder) / "recipients.csv", breaking=options.breaking)


if __name__ == "__main__":
    sys.exit(main())
