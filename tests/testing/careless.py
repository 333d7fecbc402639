"""What a careless provider is: the good one with a fault, and the checks that must find it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Careless:
    """The good provider after *edits*: the old text, which stands in its files once, and the new one.

    The name of a file and `None` take that file away. *caught* are the checks that must fail, and a piece of what each
    must say.
    """

    fault: str
    edits: Mapping[str, str | None]
    caught: Mapping[str, str]
