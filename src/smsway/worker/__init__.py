"""Sends what an outbox holds: processes of our own, or tasks of a task engine."""

from smsway.worker._errand import Errands
from smsway.worker._relay import Dispatcher, DispatchError, Relay
from smsway.worker._shift import Shift
from smsway.worker._worker import Worker

__all__ = ["DispatchError", "Dispatcher", "Errands", "Relay", "Shift", "Worker"]
