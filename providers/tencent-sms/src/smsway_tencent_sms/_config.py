"""The settings of an account, and the extras of a message."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from smsway.provider import Options
from smsway_tencentcloud import TencentCloudConfig


class TencentSmsConfig(TencentCloudConfig):
    """An account of Tencent Cloud's SMS, on its Chinese site unless *base_url* is that of the international one.

    Every request has a region (cloud.tencent.com/document/api/382/55981). The page that lists them,
    cloud.tencent.com/document/api/382/52071, could not be read, so only the form of *region* is checked; the default
    is that of the vendor's samples.
    """

    base_url: str = "https://sms.tencentcloudapi.com"
    region: Annotated[str, Field(pattern=r"^[a-z]{2}-[a-z]+(-[a-z0-9]+)*$")] = "ap-guangzhou"


class TencentSmsOptions(Options):
    """What `Message.options["tencent-sms"]` can say.

    *extend_code* is the extension of the sending number, digits only, for the mainland. The vendor enables it on
    request (cloud.tencent.com/document/api/382/55981); that it is digits is not documented, but follows from what it
    extends and from the page's example `10`.
    """

    extend_code: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
