"""USMS as the sandbox plays it, its signatures (docs.ucloud.cn/api/usms-api/create_usms_signature and neighbours).

It shares no wire code with the client side of this package, so that a mistake in one of them shows.
"""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from typing import Final

from smsway.provider import Review, SandboxDesk, SandboxSignature
from smsway_usms._sandbox_form import MISSING, NOT_VALID, UNDER_REVIEW, Flaw, Form, Verdict
from smsway_usms._sandbox_templates import STATUS

NO_SIGNATURE: Final = 18016

_LARGEST_FILE: Final = 4 * 1024 * 1024
_TYPED = re.compile(r"(?:image/jpeg|image/png|application/pdf);base64,(.*)", re.DOTALL)


def create(form: Form, desk: SandboxDesk) -> Verdict:
    """Take a signature for review."""
    text, purpose = _text(form), form.number("SigPurpose", 0, 1)
    form.number("SigType", 0, 5)
    form.number("CertificateType", 0, 5)
    form.text("Description")
    form.flag("International")
    _check_file(form.optional_text("File"))
    proxy = form.optional_text("ProxyFile")
    _check_file(proxy)
    if purpose and not proxy:
        raise Flaw(MISSING)
    signature_id = f"SIG{desk.new_number():012X}"
    desk.put_signature(SandboxSignature(signature_id, text, Review.PENDING, created_at=desk.now))
    return 0, {"SigId": signature_id}


def update(form: Form, desk: SandboxDesk) -> Verdict:
    """Change a signature that is not approved, which goes back to review."""
    signature = _found(desk, id_=form.text("SigId"))
    text, purpose = _text(form), form.number("SigPurpose", 0, 1)
    form.number("SigType", 0, 5)
    if "CertificateType" in form.params:
        form.number("CertificateType", 0, 5)
    for name in ("File", "ProxyFile"):
        _check_file(_bare(form.optional_text(name)))
    if purpose and not form.optional_text("ProxyFile") and not form.optional_text("ProxyDoc"):
        raise Flaw(MISSING)
    if signature.review is Review.APPROVED:
        raise Flaw(NOT_VALID)
    desk.put_signature(replace(signature, text=text, review=Review.PENDING))
    return 0, {}


def delete(form: Form, desk: SandboxDesk) -> Verdict:
    """Delete signatures: all, or none if one of them is not there or under review."""
    for signature_id in (ids := form.texts("SigIds")):
        if _found(desk, id_=signature_id).review is Review.PENDING:
            raise Flaw(UNDER_REVIEW)
    for signature_id in ids:
        desk.drop_signature(signature_id)
    return 0, {}


def query(form: Form, desk: SandboxDesk) -> Verdict:
    """Describe one signature, by its id or else by its text."""
    id_, text = form.optional_text("SigId"), form.optional_text("SigContent")
    if not id_ and not text:
        raise Flaw(MISSING)
    signature = _found(desk, id_=id_, text=text)
    data = {
        "SigId": signature.id,
        "SigContent": signature.text,
        "Status": STATUS[signature.review],
        "ErrDesc": signature.words,
    }
    return 0, {"Data": data}


def _found(desk: SandboxDesk, *, id_: str = "", text: str = "") -> SandboxSignature:
    for signature in desk.signatures():
        if signature.id == id_ if id_ else signature.text == text:
            return signature
    raise Flaw(NO_SIGNATURE)


def _text(form: Form) -> str:
    text = form.text("SigContent", longest=12)
    if len(text) < 2 or set("【】[]") & set(text):
        raise Flaw(NOT_VALID)
    return text


def _bare(file: str) -> str:
    """Return the base64 of a file that goes with its media type; the page's own example goes without."""
    typed = _TYPED.fullmatch(file)
    return typed[1] if typed else file


def _check_file(file: str) -> None:
    try:
        size = len(b64decode(file, validate=True))
    except ValueError:
        raise Flaw(NOT_VALID) from None
    if size > _LARGEST_FILE:
        raise Flaw(NOT_VALID)
