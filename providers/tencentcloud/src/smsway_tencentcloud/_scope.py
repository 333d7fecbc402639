"""What the texts of one provider are for, where that of another is for something else."""

from __future__ import annotations

from dataclasses import dataclass

from smsway_tencentcloud._receipts import Receipts

MAINLAND = 0
"""`International` of what is for phones in the Chinese mainland."""

GLOBAL = 1
"""`International` of what is for phones outside of the mainland; 3 of a template that is listed is for both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a provider's templates and signatures are for, and what the receipts of its texts say.

    *internationals* are the values of `International` that it uses, in the order in which they are listed.
    """

    internationals: tuple[int, ...]
    receipts: Receipts

    def international_of(self, *, abroad: bool) -> int:
        """Return `International` of a draft for phones *abroad*, or of any draft where there is only one."""
        wanted = GLOBAL if abroad else MAINLAND
        return wanted if wanted in self.internationals else self.internationals[0]
