"""What an account can set."""

from __future__ import annotations

from typing import Literal

from smsway_tencentcloud import TencentCloudConfig


class TencentGlobalConfig(TencentCloudConfig):
    """An account of Tencent Cloud's Global SMS.

    The host is the same for both regions (tencentcloud.com/document/product/382/40465).
    """

    base_url: str = "https://sms.intl.tencentcloudapi.com"
    region: Literal["ap-singapore", "eu-frankfurt"]
