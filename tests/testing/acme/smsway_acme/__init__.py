"""The provider `acme`: short, whole and good, for a vendor that there is not."""

from smsway.provider import Capabilities, Example, ProviderSpec, SandboxSide, Sharing, hookimpl
from smsway_acme._codes import CODES
from smsway_acme._config import AcmeConfig, AcmeOptions, template_id
from smsway_acme._provider import Acme

CAPABILITIES = Capabilities(
    max_batch=20,
    sharing=Sharing.OWN,
    text=True,
    template=True,
    apart=frozenset({"US"}),
    echo=True,
    needs_signature=frozenset({"*"}),
    rate=20,
)


def _side(config: AcmeConfig) -> SandboxSide:
    from smsway_acme._sandbox import AcmeSide  # noqa: PLC0415  # an application that sends never loads it

    return AcmeSide(config)


@hookimpl
def register_providers(register):
    """Make the provider known to smsway."""
    register(
        ProviderSpec(
            name="acme",
            config=AcmeConfig,
            build=Acme,
            capabilities=CAPABILITIES,
            options=AcmeOptions,
            template_id=template_id,
            call_rates={"get_balance": 1.0},
            codes=CODES,
            sources=("https://api.acme.example/docs",),
            example=Example(settings='api_key = "env:ACME_API_KEY"', template="T1", signature="Acme"),
            sandbox=_side,
        )
    )
