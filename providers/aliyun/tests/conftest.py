"""What the tests share: the settings of an account."""

from __future__ import annotations

import pytest

from smsway_aliyun._config import AliyunConfig


@pytest.fixture(scope="session")
def make_config():
    """Make the settings of an account."""

    def make(**settings: object) -> AliyunConfig:
        # The pair of keys that the vendor's documents use in their examples.
        keys = {"access_key_id": "YourAccessKeyId", "access_key_secret": "YourAccessKeySecret"}
        return AliyunConfig.model_validate({**keys, **settings})

    return make


@pytest.fixture(scope="session")
def config(make_config):
    return make_config()
