"""Sends what an outbox holds."""

from smsway.worker._shift import Shift
from smsway.worker._worker import Worker

__all__ = ["Shift", "Worker"]
