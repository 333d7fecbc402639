"""Makes one call with qcloudsms_py as it is: reads the call from standard input, writes what the SDK returned.

The SDK ends every call with `json.loads(body, encoding="utf-8")`. Python ignored that argument until 3.8 and refuses it
since 3.9, so that the SDK crashes after the text was sent. Here `json.loads` ignores it, as in the time of the SDK;
nothing else is changed, and this process does nothing else.
"""

from __future__ import annotations

import json
import sys
from functools import wraps

_loads = json.loads


@wraps(_loads)
def _loads_of_python_3_8(*arguments, encoding=None, **named):  # noqa: ARG001  # ignored, as it was
    return _loads(*arguments, **named)


def main() -> None:
    call = _loads(sys.stdin.read())
    json.loads = _loads_of_python_3_8

    import qcloudsms_py  # noqa: PLC0415  # only now is the interpreter the one that the SDK knows

    sender = getattr(qcloudsms_py, call["sender"])(call["app_id"], call["app_key"])
    sender._url = call["url"]
    answer = getattr(sender, call["method"])(*call["arguments"], **call["named"])
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
