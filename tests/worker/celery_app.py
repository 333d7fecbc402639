"""The module that a Celery worker of the tests is told of: `celery -A celery_app worker`."""

import json
import os

from smsway.config import load
from smsway.worker.celery import make_app

_SAID = json.loads(os.environ["SMSWAY_TEST_CELERY"])

app = make_app(load(_SAID["configuration"], base_urls=_SAID["urls"]))
