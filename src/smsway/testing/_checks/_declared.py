"""What the author of a provider declares about it, for every group of checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from smsway.model import Batch, Outcome, Reason, SignatureDraft, Status, TemplateDraft, UnexpectedResponse
from smsway.testing._calls import Scene, calls_of, scene
from smsway.testing._sample import Sample
from smsway.testing._sent import Sent, played, recorded
from smsway.testing._stage import Stage
from smsway.testing._subject import Subject


class Declared:
    """What is checked.

    *provider* is its name, and *settings* those of an account as in the configuration file, with secrets as
    `literal:...`. An author may declare the others where they apply: *template_ids* are ids of templates in every form
    that the catalogue may have them, *signature* and *sender* what an account uses, *template_draft* and
    *signature_draft* what the vendor would take for review, *template_change* and *signature_change* what it would take
    for a change of these, *samples* recorded answers. *plugin* registers the provider where no distribution does.
    With *lenient*, calls that cannot be made without drafts of the vendor's own are left out.
    """

    provider: ClassVar[str]
    settings: ClassVar[Mapping[str, Any]] = MappingProxyType({})
    template_ids: ClassVar[Sequence[object]] = ()
    signature: ClassVar[str] = "Acme"
    sender: ClassVar[str] = ""
    template_draft: ClassVar[TemplateDraft] = TemplateDraft(
        text="Your code is {1}.", name="Login", remark="Login codes"
    )
    signature_draft: ClassVar[SignatureDraft] = SignatureDraft(text="Acme Shop", remark="Our brand")
    template_change: ClassVar[TemplateDraft | None] = None
    signature_change: ClassVar[SignatureDraft | None] = None
    samples: ClassVar[Sequence[Sample]] = ()
    plugin: ClassVar[object | None] = None
    lenient: ClassVar[bool] = False

    @property
    def subject(self) -> Subject:
        """The provider under check."""
        declared: Any = type(self)
        return _subject_of(declared)

    def sends(self, count: int = 2) -> list[Sent]:
        """Return batches that were answered well: one of *count*, one of whom was refused, and those of the samples.

        Skips the check if there is none.
        """
        subject = self.subject
        sent = [played(subject, count, Reason.BLOCKED_RECIPIENT)] if subject.spec.sandbox else []
        sent += recorded(subject, self.samples)
        self.need(sent, "there is neither a side of the sandbox nor a sample of sending")
        return sent

    def stage(self, **set_up: Any) -> Stage:
        """Return a stage of the provider's side; skips the check if it brings none."""
        return Stage(self.subject, **set_up)

    def scenes(self) -> list[Scene]:
        """Return every conversation beside sending that the provider can have; skips the check if there is none."""
        scenes = self.known_scenes()
        self.need(scenes, "it has no calls beside sending")
        return scenes

    def known_scenes(self) -> list[Scene]:
        """Return the same, or nothing."""
        subject = self.subject
        scenes = [_scene(subject, name) for name in calls_of(subject)] if subject.spec.sandbox else []
        scenes += [Scene(each.name, each.call, each.responses) for each in self.samples if each.call is not None]
        return scenes

    def need(self, there: object, what: str) -> None:
        """Skip the check unless *there*; *what* says why it does not apply."""
        if not there:
            pytest.skip(f"{self.subject.name}: {what}")


@cache
def _subject_of(declared: Any) -> Subject:
    return Subject(
        declared.provider,
        declared.settings,
        tuple(declared.template_ids),
        declared.signature,
        declared.sender,
        declared.template_draft,
        declared.signature_draft,
        declared.template_change,
        declared.signature_change,
        declared.plugin,
        declared.lenient,
    )


@cache
def _scene(subject: Subject, name: str) -> Scene:
    return scene(subject, name)


def sent_or_refused(stage: Stage, batch: Batch, **how: Any) -> Sequence[Outcome] | None:
    """Submit *batch* and return the outcomes, or `None` if the answer was refused as unexpected; any is sound."""
    try:
        outcomes = stage.send(batch, **how)
    except UnexpectedResponse:
        return None
    check_sound(batch, outcomes, stage.taken)
    return outcomes


def check_sound(
    batch: Batch,
    outcomes: Sequence[Outcome],
    taken: Sequence[str],
    doubtful: Sequence[str] = (),
    after: str = "",
) -> None:
    """Fail unless there is one outcome per recipient in order, and none contradicts what the vendor took.

    Of those who are *doubtful* nobody knows, so nothing is proven. *after* says what was answered.
    """
    after = after and f"after {after}: "
    recipients = [str(parcel.phone) for parcel in batch.parcels]
    if not isinstance(outcomes, Sequence) or len(outcomes) != len(recipients):
        count = len(outcomes) if isinstance(outcomes, Sequence) else f"a {type(outcomes).__name__} for"
        pytest.fail(f"{after}{len(recipients)} recipients got {count} outcomes; return one for each")
    for place, (recipient, outcome) in enumerate(zip(recipients, outcomes, strict=True)):
        if not isinstance(outcome, Outcome):
            made = type(outcome).__name__
            pytest.fail(f"{after}outcome {place} is a {made}; make it with accepted, rejected or unknown")
        if outcome.recipient != recipient:
            pytest.fail(f"{after}outcome {place} is another recipient's; return them in the order of the batch")
        for false in _false(outcome.status, recipient in taken, recipient in doubtful):
            pytest.fail(f"{after}recipient {place} is {outcome.status!s}, {false}")


def _false(status: Status, taken: bool, doubtful: bool) -> Iterator[str]:  # noqa: FBT001  # two facts
    if status is Status.ACCEPTED and not taken:
        yield "and the vendor did not take the text; book results by what they name"
    if status is Status.REJECTED and (taken or doubtful):
        yield "and the vendor took the text, or may have: it would be sent again; book results by what they name"
    if status is Status.NOT_SENT:
        yield "which only the engine can know; say rejected or unknown"
