"""The Celery application of `SMSWAY_CONFIG`, or of `smsway.toml`: `celery -A smsway.worker.celery_app worker`."""

import os

from smsway.worker.celery import make_app

app = make_app(os.environ.get("SMSWAY_CONFIG", "smsway.toml"))
