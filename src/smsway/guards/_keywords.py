"""The words by which people opt out, as whole messages; each list with who uses it, and when that was read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

KEYWORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "en",
        "https://support.twilio.com/hc/en-us/articles/223134027, read 2026-11-22",
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"),
    ),
    # By law, in the US: 47 CFR 64.1200(a)(10).
    (
        "en",
        (
            "https://compliancepoint.com/marketing-compliance/"
            "fccs-consent-revocation-rule-language-analysis-and-compliance-insights, read 2026-11-22"
        ),
        ("REVOKE", "OPT OUT"),
    ),
    ("en", "https://twilio.com/en-us/blog/update-to-fcc-s-sms-opt-out-keywords, read 2026-11-22", ("OPTOUT",)),
    ("fr", "https://www.twilio.com/docs/proxy/opt-out-keywords, read 2026-11-22", ("ARRET", "ARRETE", "ARRETT")),
    # Marketing templates have to end with one of these: "reply T to opt out".
    ("zh", "https://cloud.tencent.com/document/product/382/39023", ("TD", "T", "N", "退订", "退訂")),
)
"""Language, source, and words."""


def folded(text: str) -> str:
    """Return *text* as it is compared: without accents, case, spaces around it and punctuation at its ends."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(each for each in plain if not unicodedata.combining(each)).casefold()
    return re.sub(r"^[\W_]+|[\W_]+$", "", letters)


STANDARD = frozenset(folded(word) for _, _, words in KEYWORDS for word in words)
"""All the words, as they are compared."""


def is_opt_out(text: str, words: Iterable[str] = STANDARD) -> bool:
    """True if *text* as a whole is one of *words*, which are folded."""
    return folded(text) in words
