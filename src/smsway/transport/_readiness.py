"""Waits until a socket can be read or written."""

from __future__ import annotations

import select


def is_ready(socket: int, seconds: float | None, *, write: bool = False) -> bool:
    """Wait so many *seconds* for something to read from the *socket* of this number, or for room to *write*.

    False if there was none. The end of a connection can be read, too. `None` waits as long as it takes.
    """
    if not hasattr(select, "poll"):  # Windows, where sockets have no bounds for `select`
        watched = [socket]
        return any(select.select(() if write else watched, watched if write else (), (), seconds))
    poll = select.poll()
    poll.register(socket, select.POLLOUT if write else select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))
