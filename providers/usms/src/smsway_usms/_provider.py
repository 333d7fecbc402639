"""What a USMS account can do, as a table of contents."""

# ruff: noqa: ARG002  # USMS signs neither time nor nonce, so only sending has a use for the stamp

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smsway.provider import (
    Batch,
    Callback,
    CallbackAnswer,
    Capabilities,
    DeliveryStatistics,
    Exchange,
    Inbound,
    Outcome,
    Report,
    ReportQuery,
    SegmentRule,
    SendStatistics,
    Sharing,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    TemplateStatistics,
    Verification,
)
from smsway_usms import _callbacks, _reports, _signatures, _statistics, _templates
from smsway_usms._config import UsmsConfig
from smsway_usms._signatures import SIGNATURES
from smsway_usms._templates import TEMPLATES
from smsway_usms._wire import decode_send, encode_send

CAPABILITIES = Capabilities(
    # docs.ucloud.cn/usms/api_docs/send_message/sendBatchUSMSMessage: at most 200 numbers in one request. The code for
    # too many, 18019, speaks of 1000: that is the limit of the sibling call SendUSMSMessage.
    max_batch=200,
    sharing=Sharing.OWN,
    template=True,
    apart=frozenset({"CN"}),
    # The same page: SigContent is required of every item.
    needs_signature=frozenset({"*"}),
    segments=MappingProxyType(
        {
            # docs.ucloud.cn/usms/price/3003: 70 characters, then 67 each, letters counted like ideographs,
            # signature included.
            "CN": SegmentRule(gsm=None, signature="【{}】"),
            # No rule is documented for the rest of the world, but that the vendor puts the signature in front there,
            # too, in these brackets (docs.ucloud.cn/usms/introduction/2005/2103).
            "*": SegmentRule(signature="[{}]"),
        }
    ),
)
"""What SendBatchUSMSMessage can do. The vendor documents no number of requests per second."""


@dataclass(frozen=True, slots=True)
class Usms:
    """Speaks USMS for one account.

    Its facets are `PullsReports`, `FindsReports`, `TakesCallbacks`, `ManagesTemplates`, `ManagesSignatures`,
    `FindsSignatures`, `CountsSends`, `CountsDeliveries` and `CountsTemplates`. USMS has no action that pulls messages
    from phones, lists templates or signatures, or tells the balance.
    """

    config: UsmsConfig

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* with SendBatchUSMSMessage."""
        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, stamp, response)

    @property
    def most_reports(self) -> int:
        """How many reports one PullUSMSReport gives."""
        return _reports.MOST_REPORTS

    def pull_reports(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Take reports off the queue with PullUSMSReport, which support has to enable."""
        return _reports.pull(self.config, limit)

    @property
    def verification(self) -> Verification | None:
        """`None`: reports are found by session number only, which a text without an answer does not have."""
        return None

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Look up the reports of `query.message_ids` with GetUSMSSendReceipt; `query.phone` narrows them.

        The span of time is not asked for, for a session has one time only.
        """
        return _reports.find(self.config, query)

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read a push of receipts or of messages from phones; a bad record among good ones is kept."""
        return _callbacks.read_callback(callback)

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Return `{"code":0,"message":"ok"}`, or an answer after which USMS posts again."""
        return _callbacks.answer_callback(taken=taken)

    def add_template(self, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Submit a template with CreateUSMSTemplate; options are `TemplateOptions`."""
        return _templates.add(self.config, draft)

    def modify_template(self, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Change a template with UpdateUSMSTemplate, but neither its kind nor its destinations, and look it up."""
        return _templates.modify(self.config, template_id, draft)

    def delete_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete templates with DeleteUSMSTemplate; one under review is refused."""
        return TEMPLATES.delete(self.config, template_ids)

    def get_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[TemplateInfo]]:
        """Look templates up with a QueryUSMSTemplate for each."""
        return TEMPLATES.get(self.config, template_ids)

    def add_signature(self, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Submit a signature with CreateUSMSSignature; options are `SignatureOptions`."""
        return _signatures.add(self.config, draft)

    def modify_signature(self, signature_id: str, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Change a signature that is not approved with UpdateUSMSSignature, but not its destinations; look it up."""
        return _signatures.modify(self.config, signature_id, draft)

    def delete_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete signatures with DeleteUSMSSignature; one under review is refused."""
        return SIGNATURES.delete(self.config, signature_ids)

    def get_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[SignatureInfo]]:
        """Look signatures up with a QueryUSMSSignature for each."""
        return SIGNATURES.get(self.config, signature_ids)

    def find_signature(self, text: str, stamp: Stamp) -> Exchange[SignatureInfo | None]:
        """Look a signature up by its text with QueryUSMSSignature."""
        return _signatures.find(self.config, text)

    def send_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[SendStatistics]:
        """Count with GetUSMSSendStatistics, by whole days of China's time: what is returned says which."""
        return _statistics.send_statistics(self.config, since, until)

    def delivery_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
        """Count with GetUSMSSendStatistics, by whole days of China's time: what is returned says which."""
        return _statistics.delivery_statistics(self.config, since, until)

    def template_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[list[TemplateStatistics]]:
        """Count with GetUSMSTemplateSendStatistics, by whole days of China's time, as above."""
        return _statistics.template_statistics(self.config, since, until)
