"""What an account of Alibaba Cloud's Short Message Service can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    Page,
    Report,
    ReportQuery,
    SegmentRule,
    Sharing,
    SignatureInfo,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    Verification,
)
from smsway_aliyun import _callbacks, _reports, _signatures, _statistics, _templates
from smsway_aliyun._config import AliyunConfig
from smsway_aliyun._phones import NORTH_AMERICA
from smsway_aliyun._wire import decode_send, encode_send

CAPABILITIES = Capabilities(
    # Of SendBatchSms. SendSms takes 1,000 phones, which all get the same.
    max_batch=100,
    sharing=Sharing.TEMPLATE,
    template=True,
    not_countries=NORTH_AMERICA,
    # Templates for the mainland and for elsewhere cannot be mixed.
    apart=frozenset({"CN"}),
    needs_signature=frozenset({"*"}),
    rate=5_000,
    # help.aliyun.com/document_detail/44335.htm: the signature counts, in brackets that are ASCII abroad if it is.
    segments=MappingProxyType({"CN": SegmentRule(gsm=None, signature="【{}】"), "*": SegmentRule(signature="[{}]")}),
)
"""What SendSms and SendBatchSms can do."""

CALL_RATES: Mapping[str, float] = MappingProxyType(
    {
        "find_reports": 5_000,
        "modify_template": 1_000,
        "delete_templates": 1_000,
        "list_templates": 10,
        "find_signature": 150,
    }
)
"""Requests per second of the other actions, each from its own page; the others document none."""


@dataclass(frozen=True, slots=True)
class Aliyun:
    """Speaks Dysmsapi for one account.

    Its facets are `FindsReports`, `TakesCallbacks`, `ManagesTemplates`, `ListsTemplates`, `ListsSignatures`,
    `FindsSignatures` and `CountsDeliveries`. Signatures are applied for in the console, and the balance is told by
    another product's API.
    """

    config: AliyunConfig

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* with SendSms or SendBatchSms."""
        response = yield encode_send(self.config, batch, stamp)
        return decode_send(batch, response)

    @property
    def verification(self) -> Verification | None:
        """How soon and how often to ask whether a text is among the records."""
        return _reports.VERIFICATION

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Look up the texts to one phone in the last 30 days with QuerySendDetails; *message_ids* narrow that."""
        return _reports.find(self.config, query, stamp)

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read an array of reports, or one of messages from phones; raises `MalformedCallback`."""
        return _callbacks.read_callback(callback)

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Return a number as `code`, which is a receipt, or a status after which the vendor posts again."""
        return _callbacks.answer_callback(taken=taken)

    def add_template(self, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Submit a template with CreateSmsTemplate; options are `TemplateOptions`."""
        return _templates.add(self.config, draft, stamp)

    def modify_template(self, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Replace a template with UpdateSmsTemplate; the vendor takes that for one that was rejected only."""
        return _templates.modify(self.config, template_id, draft, stamp)

    def delete_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete templates with a DeleteSmsTemplate for each; an error says how many were deleted before it."""
        return _templates.delete(self.config, template_ids, stamp)

    def get_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[TemplateInfo]]:
        """Look templates up with a GetSmsTemplate for each."""
        return _templates.get(self.config, template_ids, stamp)

    def list_templates(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
        """Return a page of up to 50 templates with QuerySmsTemplateList."""
        return _templates.list_(self.config, cursor, stamp)

    def list_signatures(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[SignatureInfo]]:
        """Return a page of up to 50 signatures with QuerySmsSignList."""
        return _signatures.list_(self.config, cursor, stamp)

    def find_signature(self, text: str, stamp: Stamp) -> Exchange[SignatureInfo | None]:
        """Look a signature up by its text with GetSmsSign."""
        return _signatures.find(self.config, text, stamp)

    def delivery_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
        """Count with QuerySendStatistics, in billed parts, by whole days of China's time: the answer says which."""
        return _statistics.delivery_statistics(self.config, since, until, stamp)
