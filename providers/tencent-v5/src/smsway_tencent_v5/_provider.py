"""The provider: what it can do, and which documented call does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smsway.provider import (
    Balance,
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
    SendStatistics,
    Sharing,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    Verification,
)
from smsway_tencent_v5 import _callbacks, _reports, _signatures, _statistics, _templates
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._wire import (
    decode_sendisms,
    decode_sendmultisms2,
    decode_sendsms,
    encode_sendisms,
    encode_sendmultisms2,
    encode_sendsms,
)

CAPABILITIES = Capabilities(
    max_batch=200,
    sharing=Sharing.SAME,
    text=True,
    template=True,
    # Mainland and other numbers in one request are refused with 1034 (cloud.tencent.com/document/product/382/3771).
    apart=frozenset({"CN"}),
    echo=True,
    # The signature counts everywhere. To the mainland every character is one of 70, or of 67 to the part; abroad
    # English has 160 or 153. Sources: tencentcloud.com/document/product/382/18052 and 34671 (seen in their editions of
    # 2024 and 2022), and the page on billing in github.com/tencentyun/qcloud-documents.
    segments=MappingProxyType({"CN": SegmentRule(gsm=None, signature="【{}】"), "*": SegmentRule(signature="[{}]")}),
)
"""What the v5 API can do. The vendor documents no number of requests per second, for no call."""


@dataclass(frozen=True, slots=True)
class TencentV5:
    """Speaks the v5 API for one application: every call for texts, none for voice."""

    config: TencentV5Config

    def submit(self, batch: Batch, stamp: Stamp) -> Exchange[Sequence[Outcome]]:
        """Submit *batch* with `sendmultisms2`; one recipient goes with `sendsms` (+86) or `sendisms`."""
        if len(batch) > 1:
            response = yield encode_sendmultisms2(self.config, batch, stamp)
            return decode_sendmultisms2(batch, stamp, response)
        if batch.parcels[0].phone.calling_code == "86":
            response = yield encode_sendsms(self.config, batch, stamp)
            return decode_sendsms(batch, stamp, response)
        response = yield encode_sendisms(self.config, batch, stamp)
        return decode_sendisms(batch, stamp, response)

    @property
    def most_reports(self) -> int:
        """How many reports `pullstatus` gives at once."""
        return _reports.MOST

    def pull_reports(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Take up to *limit* reports off the queue, with `pullstatus`."""
        return _reports.pull_reports(self.config, limit, stamp)

    @property
    def most_inbound(self) -> int:
        """How many replies `pullstatus` gives at once."""
        return _reports.MOST

    def pull_inbound(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Take up to *limit* replies off the queue, with `pullstatus`."""
        return _reports.pull_inbound(self.config, limit, stamp)

    @property
    def verification(self) -> Verification:
        """How to ask with `find_reports` whether a text was sent; that no report is found proves nothing."""
        return _reports.VERIFICATION

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Look up the reports of a phone, with `pullstatus4mobile`; a full answer is asked for again in halves."""
        return _reports.find_reports(self.config, query, stamp)

    def find_inbound(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Look up the replies of a phone, with `pullstatus4mobile`; a full answer is asked for again in halves."""
        return _reports.find_inbound(self.config, query, stamp)

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read the status reports or the reply that the vendor posted; both come to one address."""
        return _callbacks.read_callback(callback, self.config.zone)

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Return the documented receipt, or a refusal of it."""
        return _callbacks.answer_callback(taken=taken)

    def add_template(self, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Submit a template, with `add_template`."""
        return _templates.add_template(self.config, draft, stamp)

    def modify_template(self, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Replace a template, with `mod_template`."""
        return _templates.modify_template(self.config, template_id, draft, stamp)

    def delete_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete templates, with `del_template`."""
        return _templates.delete_templates(self.config, template_ids, stamp)

    def get_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[TemplateInfo]]:
        """Look templates up by their ids, with `get_template`."""
        return _templates.get_templates(self.config, template_ids, stamp)

    def list_templates(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
        """List up to fifty templates from *cursor*, with `get_template`."""
        return _templates.list_templates(self.config, cursor, stamp)

    def add_signature(self, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Submit a signature, with `add_sign`."""
        return _signatures.add_signature(self.config, draft, stamp)

    def modify_signature(self, signature_id: str, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Replace a signature, with `mod_sign`."""
        return _signatures.modify_signature(self.config, signature_id, draft, stamp)

    def delete_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete signatures, with `del_sign`."""
        return _signatures.delete_signatures(self.config, signature_ids, stamp)

    def get_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[SignatureInfo]]:
        """Look signatures up by their ids, with `get_sign`."""
        return _signatures.get_signatures(self.config, signature_ids, stamp)

    def send_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[SendStatistics]:
        """Count what was sent in the whole hours from *since* to *until*, with `pullsendstatus`."""
        return _statistics.send_statistics(self.config, since, until, stamp)

    def delivery_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
        """Count what became of it, likewise, with `pullcallbackstatus`."""
        return _statistics.delivery_statistics(self.config, since, until, stamp)

    def get_balance(self, stamp: Stamp) -> Exchange[Balance]:
        """Add up the texts left in all packages that are not past, with `getsmspackages`."""
        return _statistics.get_balance(self.config, stamp)
