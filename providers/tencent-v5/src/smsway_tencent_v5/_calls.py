"""A call that sends nothing: its signed request, and the answer that it must not be mistaken about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_json

from smsway.provider import (
    InvalidCall,
    Request,
    Response,
    Stamp,
    UnexpectedResponse,
    decode_json,
    decoding,
    refused,
)
from smsway_tencent_v5._codes import reason_of
from smsway_tencent_v5._config import TencentV5Config
from smsway_tencent_v5._envelope import Answer, code_of, post, words_of
from smsway_tencent_v5._signing import seal

AnswerT = TypeVar("AnswerT", bound=Answer)

_ANSWER: TypeAdapter[Answer] = TypeAdapter(Answer)


def encode_call(
    config: TencentV5Config, stamp: Stamp, method: str, fields: Mapping[str, object], turn: int = 0
) -> Request:
    """Encode the call *method*, which signs no number; *turn* counts the requests of one stamp."""
    sealed = seal(config, stamp, turn=turn)
    body = {"sig": sealed.sig, "time": sealed.time, **fields}
    return post(config, method, sealed, to_json(body), sends=False)


def read_answer(response: Response, shape: TypeAdapter[AnswerT], *, says_result: bool = True) -> AnswerT:
    """Return the answer to a call that succeeded; raises `CallFailed` for a refusal. Call it inside `decoding`.

    If the call does not document a `result`, *says_result* is False, and an answer without any code is a success.
    """
    # These answers echo nothing of the request, and one to an earlier call of the same kind would look good.
    response.require_fresh("an answer of this call")
    answer = decode_json(response, shape)
    if not says_result and not answer.keys() & {"result", "ErrorCode"}:
        return answer
    code = code_of(answer)
    if code:
        raise refused(reason_of(code), str(code), words_of(answer))
    return answer


def decode_done(response: Response) -> None:
    """Read an answer that says no more than that it is done; raises `UnexpectedResponse` and `CallFailed`."""
    with decoding(response):
        read_answer(response, _ANSWER)


def numbers(ids: Sequence[str], what: str) -> list[int]:
    """Return *ids* as the numbers that the vendor wants, each once; raises `InvalidCall`, also if there are none."""
    # A text is a sequence of texts as well: "19" would be the templates 1 and 9.
    if isinstance(ids, str | bytes) or not isinstance(ids, Sequence):
        raise InvalidCall(f"{what} ids {ids!r} are no list; give one such as ['19'], also for a single id")
    if not ids:
        raise InvalidCall(f"there is no {what} id; give one or more")
    return list(dict.fromkeys(number(each, what) for each in ids))


def number(id_: str, what: str) -> int:
    """Return one id as a number; *what* it is the id of stands in the text of `InvalidCall`."""
    if isinstance(id_, str) and id_.isascii() and id_.isdecimal() and len(id_) < 19 and int(id_) > 0:
        return int(id_)
    raise InvalidCall(
        f"{what} id {id_!r} is not a positive number; give the digits that the console shows, such as '19'"
    )


def check_ids(answered: Iterable[str], asked: Iterable[str]) -> None:
    """Raise `UnexpectedResponse` if an answer speaks of an id that was not asked about."""
    if not {int(each) for each in answered} <= {int(each) for each in asked}:
        raise UnexpectedResponse("the answer speaks of an id that was not asked about")


def check_options(options: Mapping[str, object], what: str) -> None:
    """Raise `InvalidCall` if a draft has extras, for v5 knows none."""
    if options:
        raise InvalidCall(f"{what} option {next(iter(options))!r}: tencent-v5 has none; leave the options out")
