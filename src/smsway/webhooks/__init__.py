"""What the vendors post to us: an ASGI application to mount or to serve; it needs the extra `webhooks`."""

try:
    import starlette as _starlette  # noqa: F401  # the extra may be missing, and that is to be said nicely
except ModuleNotFoundError as error:
    raise ImportError('smsway.webhooks needs Starlette; pip install "smsway[webhooks]"') from error

from smsway.webhooks._app import Holder, app
from smsway.webhooks._serve import serve

__all__ = ["Holder", "app", "serve"]
