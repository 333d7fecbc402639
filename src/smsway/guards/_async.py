"""The list of opt-outs for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smsway.guards._optouts import OptOuts
from smsway.guards._store import OptOut
from smsway.model import Kind


@dataclass(frozen=True, slots=True)
class AsyncOptOuts:
    """`OptOuts`, whose store is asked in a thread."""

    _list: OptOuts

    async def add(self, phone: str, scope: str = Kind.MARKETING) -> bool:
        """See `OptOuts.add`."""
        return await asyncio.to_thread(self._list.add, phone, scope)

    async def add_all(self, phones: Iterable[str], scope: str = Kind.MARKETING, *, source: str = "api") -> int:
        """See `OptOuts.add_all`."""
        return await asyncio.to_thread(self._list.add_all, phones, scope, source=source)

    async def remove(self, phone: str, scope: str | None = None) -> bool:
        """See `OptOuts.remove`."""
        return await asyncio.to_thread(self._list.remove, phone, scope)

    async def contains(self, phone: str, kind: str = Kind.MARKETING) -> bool:
        """See `OptOuts.contains`."""
        return await asyncio.to_thread(self._list.contains, phone, kind)

    async def of(self, phone: str) -> Sequence[OptOut]:
        """See `OptOuts.of`."""
        return await asyncio.to_thread(self._list.of, phone)
