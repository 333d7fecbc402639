"""What every provider for API 3.0 can do beside sending, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from smsway.provider import (
    Callback,
    CallbackAnswer,
    DeliveryStatistics,
    Exchange,
    Inbound,
    Page,
    Report,
    ReportQuery,
    SendStatistics,
    SignatureDraft,
    SignatureInfo,
    Stamp,
    TemplateDraft,
    TemplateInfo,
    Verification,
)
from smsway_tencentcloud import _callbacks, _reports, _statistics
from smsway_tencentcloud._api import Api
from smsway_tencentcloud._signatures import SIGNATURES, add_signature
from smsway_tencentcloud._templates import TEMPLATES

CALL_RATES: Mapping[str, float] = MappingProxyType(
    {
        "pull_reports": 100,
        "pull_inbound": 100,
        "find_reports": 20,
        "find_inbound": 20,
        "add_template": 2,
        "modify_template": 20,
        "delete_templates": 1,
        "get_templates": 20,
        "list_templates": 20,
        "add_signature": 1,
        "modify_signature": 1,
        "delete_signatures": 1,
        "get_signatures": 20,
        "list_signatures": 20,
        "send_statistics": 10,
        "delivery_statistics": 10,
    }
)
"""Requests per second of the other actions, each from its own page; tencentcloud.com/document/product/382/40463."""


class Facets:
    """The facets of one account; a provider inherits them and adds `submit`.

    What is said of the facets in `smsway.provider` holds for these methods. In addition, `InvalidCall` is raised for
    whatever the vendor documents as beyond its limits.
    """

    __slots__ = ("api",)

    most_reports = _reports.MOST
    most_inbound = _reports.MOST
    verification: Verification | None = _reports.VERIFICATION

    def __init__(self, api: Api) -> None:
        self.api = api

    def pull_reports(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Take up to *limit* reports off the vendor's queue; support has to switch the queue on."""
        return _reports.pull_reports(self.api, limit, stamp)

    def pull_inbound(self, limit: int, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Take up to *limit* messages off the vendor's queue; support has to switch the queue on."""
        return _reports.pull_inbound(self.api, limit, stamp)

    def find_reports(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Report]]:
        """Look up the reports of one phone in a span of the last 7 days."""
        return _reports.find_reports(self.api, query, stamp)

    def find_inbound(self, query: ReportQuery, stamp: Stamp) -> Exchange[Sequence[Inbound]]:
        """Look up the messages of one phone in a span of the last 7 days."""
        return _reports.find_inbound(self.api, query, stamp)

    def read_callback(self, callback: Callback) -> Sequence[Report] | Sequence[Inbound]:
        """Read an array of status reports, or a message from a phone; raises `MalformedCallback`.

        A status report that cannot be read beside one that can has the delivery `unknown`.
        """
        return _callbacks.read_callback(callback, self.api.scope.receipts, self.api.config.zone)

    def answer_callback(self, *, taken: bool) -> CallbackAnswer:
        """Return `{"result":0,"errmsg":"OK"}`, or what makes the vendor post it again."""
        return _callbacks.answer_callback(taken=taken)

    def add_template(self, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Submit a template, with a name and a remark for the reviewer."""
        return TEMPLATES.add(self.api, draft, stamp)

    def modify_template(self, template_id: str, draft: TemplateDraft, stamp: Stamp) -> Exchange[TemplateInfo]:
        """Replace a template; the vendor refuses it for one that is approved."""
        return TEMPLATES.modify(self.api, template_id, draft, stamp)

    def delete_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete templates, with a request for each; an error says how many were deleted before it."""
        return TEMPLATES.delete(self.api, template_ids, stamp)

    def get_templates(self, template_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[TemplateInfo]]:
        """Look templates up, 100 with each request; their kind is not told."""
        return TEMPLATES.get(self.api, template_ids, stamp)

    def list_templates(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[TemplateInfo]]:
        """Return a page of up to 100 templates; those for one `International` follow those for another."""
        return TEMPLATES.list(self.api, cursor, stamp)

    def add_signature(self, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Submit a signature, with a picture and the options of `SignatureOptions`."""
        return add_signature(self.api, draft, stamp)

    def modify_signature(self, signature_id: str, draft: SignatureDraft, stamp: Stamp) -> Exchange[SignatureInfo]:
        """Replace a signature; the vendor refuses it for one that is approved."""
        return SIGNATURES.modify(self.api, signature_id, draft, stamp)

    def delete_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[None]:
        """Delete signatures, with a request for each; an error says how many were deleted before it."""
        return SIGNATURES.delete(self.api, signature_ids, stamp)

    def get_signatures(self, signature_ids: Sequence[str], stamp: Stamp) -> Exchange[Sequence[SignatureInfo]]:
        """Look signatures up, 100 with each request."""
        return SIGNATURES.get(self.api, signature_ids, stamp)

    def list_signatures(self, cursor: str | None, stamp: Stamp) -> Exchange[Page[SignatureInfo]]:
        """Return a page of up to 100 signatures, likewise."""
        return SIGNATURES.list(self.api, cursor, stamp)

    def send_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[SendStatistics]:
        """Count what was sent in the whole hours from *since* to *until*."""
        return _statistics.send_statistics(self.api, since, until, stamp)

    def delivery_statistics(self, since: float, until: float, stamp: Stamp) -> Exchange[DeliveryStatistics]:
        """Count the reports in the whole hours from *since* to *until*, 32 days at most."""
        return _statistics.delivery_statistics(self.api, since, until, stamp)
