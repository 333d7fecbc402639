"""Signatures: CreateUSMSSignature, UpdateUSMSSignature, DeleteUSMSSignature and QueryUSMSSignature.

USMS has no action that lists signatures; its console does.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field

from smsway.provider import Exchange, InvalidCall, Options, Review, SignatureDraft, SignatureInfo
from smsway_usms._calls import Members, Shape, extras, known_ids, present, read_answer, write_call
from smsway_usms._codes import NO_SIGNATURE, review_of
from smsway_usms._config import UsmsConfig
from smsway_usms._reviewed import Reviewed

CREATE: Final = "CreateUSMSSignature"
UPDATE: Final = "UpdateUSMSSignature"

# docs.ucloud.cn/usms/introduction/2005/2103: 2 to 12 characters, and files of these kinds up to 4 MB.
SHORTEST_TEXT: Final = 2
LONGEST_TEXT: Final = 12
LARGEST_FILE: Final = 4 * 1024 * 1024
_MEDIA_TYPES: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
)

_FOR_OTHERS: Final = 1


def _file(value: object) -> object:
    """Read base64, as it stands in a file of settings or on a command line."""
    try:
        return b64decode(value, validate=True) if isinstance(value, str) else value
    except binascii.Error:
        raise ValueError("is not base64") from None


_File: TypeAlias = Annotated[bytes, BeforeValidator(_file)]
_Digit: TypeAlias = Annotated[int, Field(ge=0, le=5)]


class SignatureOptions(Options):
    """`SignatureDraft.options`, by the numbers of docs.ucloud.cn/api/usms-api/create_usms_signature.

    *sig_type* is whose name the signature is: 0 a company's, 1 an app's, 2 a registered website's, 3 an official
    account's or mini program's, 4 a trademark, 5 an authority's. *certificate_type* is what the picture proves it with,
    by default of the same number. *sig_purpose* is 0 for our own use and 1 for somebody else's, which needs their
    authorization: *proxy_file*, bytes or base64. *qualification_id* and *scene_desc* go along when set. When a
    signature is changed, *document* and *proxy_doc* are the addresses of files that stay as they were.
    """

    sig_type: _Digit
    sig_purpose: Annotated[int, Field(ge=0, le=1)] = 0
    certificate_type: _Digit | None = None
    proxy_file: _File | None = Field(default=None, repr=False)
    qualification_id: str | None = None
    scene_desc: str | None = None
    document: str | None = None
    proxy_doc: str | None = None


def add(config: UsmsConfig, draft: SignatureDraft) -> Exchange[SignatureInfo]:
    """Submit a signature for review."""
    options = _checked(draft)
    _only_when("changed", document=options.document, proxy_doc=options.proxy_doc)
    if not draft.remark:
        raise InvalidCall("USMS wants to know what a signature is for; set remark")
    if options.sig_purpose == _FOR_OTHERS and options.proxy_file is None:
        raise InvalidCall("options.sig_purpose 1 needs the authorization of whose name it is; set options.proxy_file")
    own = {
        **_named(draft, options),
        "Description": draft.remark,
        "International": "true" if draft.international else "false",
        **_files(draft, options, _bare),
        **present({"QualificationId": options.qualification_id, "SceneDesc": options.scene_desc}),
    }
    response = yield write_call(config, CREATE, own)
    return read_answer(response, CREATE, partial(_added, draft))


def modify(config: UsmsConfig, signature_id: str, draft: SignatureDraft) -> Exchange[SignatureInfo]:
    """Replace a signature that is not approved; its destinations stay what they were.

    The answer tells nothing, so the signature is looked up after that.
    """
    (signature_id,) = known_ids("signature", (signature_id,))
    options = _checked(draft)
    _only_when("added", qualification_id=options.qualification_id)
    if draft.remark:
        raise InvalidCall(
            "remark: USMS takes it only when a signature is added; leave it out, or set options.scene_desc"
        )
    if options.sig_purpose == _FOR_OTHERS and options.proxy_file is None and options.proxy_doc is None:
        raise InvalidCall(
            "options.sig_purpose 1 needs the authorization of whose name it is; "
            "set options.proxy_file, or options.proxy_doc if it stays as it was"
        )
    own = {
        "SigId": signature_id,
        **_named(draft, options),
        **_files(draft, options, _typed),
        **present({"Document": options.document, "ProxyDoc": options.proxy_doc, "SceneDesc": options.scene_desc}),
    }
    response = yield write_call(config, UPDATE, own)
    changed = read_answer(response, UPDATE, partial(_submitted, signature_id, draft))
    return (yield from SIGNATURES.after_change(config, changed))


def find(config: UsmsConfig, text: str) -> Exchange[SignatureInfo | None]:
    """Look a signature up by its text."""
    _check_text(text)
    return (yield from SIGNATURES.find(config, {"SigContent": text}, lambda info: info.text == text))


def _checked(draft: SignatureDraft) -> SignatureOptions:
    """Return the options of *draft*; raises `InvalidCall` for what the pages rule out."""
    options = extras(SignatureOptions, draft.options)
    _check_text(draft.text)
    if not SHORTEST_TEXT <= len(draft.text) <= LONGEST_TEXT:
        raise InvalidCall(
            f"signature {draft.text!r} has {len(draft.text)} characters; USMS takes {SHORTEST_TEXT} to {LONGEST_TEXT}"
        )
    return options


def _check_text(text: str) -> None:
    if not isinstance(text, str) or not text or any(bracket in text for bracket in "【】[]"):
        raise InvalidCall(f"signature {text!r}: write it without brackets, which USMS adds by itself")


def _only_when(done: str, **options: str | None) -> None:
    """Raise `InvalidCall` for an option that goes along only when a signature is *done*."""
    for name, value in options.items():
        if value is not None:
            raise InvalidCall(f"options.{name}: USMS takes it only when a signature is {done}; leave it out")


def _named(draft: SignatureDraft, options: SignatureOptions) -> dict[str, str]:
    certificate = options.sig_type if options.certificate_type is None else options.certificate_type
    return {
        "SigContent": draft.text,
        "SigType": str(options.sig_type),
        "SigPurpose": str(options.sig_purpose),
        "CertificateType": str(certificate),
    }


def _files(draft: SignatureDraft, options: SignatureOptions, write: Callable[[str, bytes], str]) -> dict[str, str]:
    files = {
        "File": ("picture", draft.picture),
        "ProxyFile": ("options.proxy_file", options.proxy_file),
    }
    return {name: write(what, content) for name, (what, content) in files.items() if content is not None}


def _typed(what: str, content: bytes) -> str:
    """Write a file as `image/png;base64,...`, as the page of UpdateUSMSSignature says."""
    return f"{_media_type(what, content)};base64,{b64encode(content).decode()}"


def _bare(what: str, content: bytes) -> str:
    """Write a file as its base64 alone, as the page of CreateUSMSSignature says."""
    _media_type(what, content)
    return b64encode(content).decode()


def _media_type(what: str, content: bytes) -> str:
    """Return the media type of a file; raises `InvalidCall` for one that USMS does not take."""
    if len(content) > LARGEST_FILE:
        raise InvalidCall(f"{what} has {len(content)} bytes; USMS takes at most {LARGEST_FILE}, so make it smaller")
    for beginning, media_type in _MEDIA_TYPES:
        if content.startswith(beginning):
            return media_type
    raise InvalidCall(f"{what} is neither a JPEG or PNG picture nor a PDF, which is what USMS takes")


class _Added(Shape):
    sig_id: Annotated[str, Field(min_length=1)]


def _added(draft: SignatureDraft, members: Members) -> SignatureInfo:
    info = _submitted(_Added.model_validate(members).sig_id, draft, members)
    return replace(info, international=draft.international)


def _submitted(signature_id: str, draft: SignatureDraft, members: Members) -> SignatureInfo:
    return SignatureInfo(id=signature_id, review=Review.PENDING, text=draft.text, raw=members)


class _Signature(Shape):
    sig_id: str
    status: int
    sig_content: str = ""
    err_desc: str | None = None


def _info(data: Members) -> SignatureInfo:
    told = _Signature.model_validate(data)
    review, detail = review_of(told.status, told.err_desc)
    return SignatureInfo(id=told.sig_id, review=review, text=told.sig_content, detail=detail, raw=data)


SIGNATURES: Final = Reviewed(
    what="signature",
    id="SigId",
    queries="QueryUSMSSignature",
    deletes="DeleteUSMSSignature",
    none=NO_SIGNATURE,
    read=_info,
)
"""What can be done with signatures as with templates."""
