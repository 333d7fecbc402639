"""The settings of an account, the options of a message, and what an id of a template looks like."""

import re

from smsway.provider import AccountConfig, Credential, Options


class AcmeConfig(AccountConfig):
    """Settings of an Acme account; *api_key* is the one of the console."""

    base_url: str = "https://api.acme.example"
    api_key: Credential


class AcmeOptions(Options):
    """Extras of a message; with *flash* it is shown at once and not kept."""

    flash: bool = False


def template_id(value: object) -> str:
    """Return the id of a template as Acme wants it; raises `ValueError` for anything else."""
    text = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch("T[0-9]+", text):
        raise ValueError(f"{value!r} is no template id; Acme's are a T and a number, such as T1")
    return text
