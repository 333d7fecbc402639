"""Guards against fraud, and for those who are texted: who may get what, when, and how often."""

from smsway._rules import LIMIT, SCOPES, WINDOW, Mode, Rules
from smsway.guards._aliases import Aliases
from smsway.guards._async import AsyncOptOuts
from smsway.guards._bounds import Offer, PriceRules
from smsway.guards._case import Case, Finding, Judgement
from smsway.guards._content import PARAM_RULES, ContentRules, template_warnings
from smsway.guards._conversion import Conversion, ConversionRules
from smsway.guards._destinations import Destinations, Numbers
from smsway.guards._guards import Guards
from smsway.guards._hours import ELSEWHERE, HOURS, Hours
from smsway.guards._keywords import KEYWORDS, STANDARD, folded, is_opt_out
from smsway.guards._memory import MemoryGuards
from smsway.guards._optouts import OptOutRules, OptOuts
from smsway.guards._quiet import QuietHours, opening, zones_of
from smsway.guards._quota import AccountQuota
from smsway.guards._sliding import Ask, Counted, Limit, Party, admit
from smsway.guards._store import GuardError, GuardStore, OptOut
from smsway.guards._velocity import Caps, Pace

__all__ = [
    "ELSEWHERE",
    "HOURS",
    "KEYWORDS",
    "LIMIT",
    "PARAM_RULES",
    "SCOPES",
    "STANDARD",
    "WINDOW",
    "AccountQuota",
    "Aliases",
    "Ask",
    "AsyncOptOuts",
    "Caps",
    "Case",
    "ContentRules",
    "Conversion",
    "ConversionRules",
    "Counted",
    "Destinations",
    "Finding",
    "GuardError",
    "GuardStore",
    "Guards",
    "Hours",
    "Judgement",
    "Limit",
    "MemoryGuards",
    "Mode",
    "Numbers",
    "Offer",
    "OptOut",
    "OptOutRules",
    "OptOuts",
    "Pace",
    "Party",
    "PriceRules",
    "QuietHours",
    "Rules",
    "admit",
    "folded",
    "is_opt_out",
    "opening",
    "template_warnings",
    "zones_of",
]
