"""The vendor's own extras of templates and signatures, `TemplateDraft.options` and `SignatureDraft.options`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self, TypeVar

from pydantic import BeforeValidator, Field, PositiveInt, ValidationError, model_validator

from smsway.provider import InvalidCall, Options

_DOCUMENTS: Mapping[int, frozenset[int]] = MappingProxyType(
    {
        0: frozenset({0, 1}),  # a company
        1: frozenset({0, 1, 2, 3, 4}),  # an app
        2: frozenset({0, 1, 2, 3, 5}),  # a website
        3: frozenset({0, 1, 2, 3, 8}),  # a WeChat official account
        4: frozenset({7}),  # a trademark
        5: frozenset({2, 3}),  # a public institution
        6: frozenset({0, 1, 2, 3, 6}),  # a WeChat mini program
    }
)
"""`SignType` -> the `DocumentType`s it can have, tencentcloud.com/document/product/382/40534."""


def _picture(value: object) -> object:
    """Take bytes as they are, and base64 out of text."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("is not base64, or has a prefix such as data:image/jpeg;base64, before it") from None


class TemplateOptions(Options):
    """A template has no extras."""


class SignatureOptions(Options):
    """The extras of a signature, with the vendor's numbers.

    *sign_type* is what the signature names and *document_type* what proves the right to it. *sign_purpose* is 0 for one
    of your own and 1 for somebody else's, whose *commission*, a picture of the power of attorney as bytes or base64,
    is then needed. *qualification_id* is that of an approved qualification, which signatures for the mainland need and
    no others have.
    """

    sign_type: Annotated[int, Field(ge=0, le=6)]
    document_type: Annotated[int, Field(ge=0, le=8)]
    sign_purpose: Annotated[int, Field(ge=0, le=1)] = 0
    commission: Annotated[bytes, BeforeValidator(_picture)] | None = Field(default=None, repr=False)
    qualification_id: PositiveInt | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        fitting = _DOCUMENTS[self.sign_type]
        if self.document_type not in fitting:
            known = ", ".join(map(str, sorted(fitting)))
            raise ValueError(
                f"document_type {self.document_type} does not go with sign_type {self.sign_type}; give one of {known}"
            )
        if self.sign_purpose == 1 and not self.commission:
            raise ValueError("commission is missing, which sign_purpose 1 needs: a picture of the power of attorney")
        return self


OptionsT = TypeVar("OptionsT", bound=Options)


def read_options(model: type[OptionsT], options: Mapping[str, Any]) -> OptionsT:
    """Return *options* as *model*; raises `InvalidCall`, which names every field that is wrong."""
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
    raise InvalidCall(
        "; ".join(f"{_place(each['loc'])}: {each['msg'].removeprefix('Value error, ')}" for each in problems)
    )


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(("options", *map(str, location)))
