"""What is in flight when a client is closed, and whoever of it lands last."""

from __future__ import annotations

from threading import RLock


class Flights:
    """Counts what is in flight, so that nothing it needs is taken away when the client is closed."""

    def __init__(self) -> None:
        # Reentrant, for a signal handler may close the client in the middle of it.
        self._lock = RLock()
        self._flying = 0
        self._over = False
        self.closed = False

    def begin(self) -> None:
        """Note that one begins."""
        with self._lock:
            self._flying += 1

    def end(self) -> bool:
        """Note that one has ended; True if it was the last of a closed client."""
        with self._lock:
            self._flying -= 1
            return self._is_over()

    def close(self) -> bool:
        """Note that the client is closed; True if nothing is in flight."""
        with self._lock:
            self.closed = True
            return self._is_over()

    def _is_over(self) -> bool:
        """True if nothing is in flight any more; said once, for then everything is given back."""
        if self._over or self._flying or not self.closed:
            return False
        self._over = True
        return True
