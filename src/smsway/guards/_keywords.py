"""The words by which people opt out, as whole messages; each list with who uses it, and when that was read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

FCC = (
    "https://compliancepoint.com/marketing-compliance/"
    "fccs-consent-revocation-rule-language-analysis-and-compliance-insights, on 47 CFR 64.1200(a)(10), read 2026-11-22"
)
BIRD = (
    "https://docs.bird.com/applications/channels/channels/supported-channels/sms/concepts/"
    "opt-in-and-opt-out-compliance, read 2026-11-22"
)
SINCH = (
    "https://community.sinch.com/t5/Conversation-API/"
    "Can-I-customize-opt-in-and-opt-out-keywords-for-use-with-consent/ta-p/18980, read 2026-11-22"
)

KEYWORDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "en",
        "https://support.twilio.com/hc/en-us/articles/223134027, read 2026-11-22",
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"),
    ),
    (
        "en",
        "https://www.twilio.com/en-us/blog/update-to-fcc-s-sms-opt-out-keywords, read 2026-11-22",
        ("REVOKE", "OPTOUT"),
    ),
    # Of the texts that the rule names, the only one that vendors do not.
    ("en", FCC, ("OPT OUT",)),
    (
        "en",
        "https://docs.aws.amazon.com/sms-voice/latest/userguide/keywords-required.html, read 2026-11-22",
        ("OPT-OUT", "REMOVE"),
    ),
    ("fr", "https://www.twilio.com/docs/proxy/opt-out-keywords, read 2026-11-22", ("ARRET", "ARRETE", "ARRETT")),
    (
        "de",
        "https://help.activecampaign.com/hc/de/articles/360021662640, read 2026-11-22",
        ("STOPP", "STORNIEREN", "ABMELDEN", "ABBESTELLEN"),
    ),
    ("de", BIRD, ("HALT",)),
    ("es", SINCH, ("DETENER", "SALIR")),
    ("pt", SINCH, ("PARAR", "CANCELAR")),
    ("it", BIRD, ("FERMA",)),
    ("pl", BIRD, ("ZATRZYMAJ",)),
    ("ru", BIRD, ("ОСТАНОВИТЬ",)),
    # STOP does not work in Norway.
    ("no", "https://help.brevo.com/hc/de/articles/208723209, read 2026-11-22", ("UNSUB",)),
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
