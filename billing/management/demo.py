"""What a newcomer finds: two logins, an organization with a key, and a sandbox provider that answers it.

Run at every start of `up`; after the first it only looks. A model of the demo that is there already is the
operator's to price, route and switch off: nothing here puts it back.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import constant_time_compare, salted_hmac

from billing.management.provision.catalogue import apply_catalogue
from billing.management.provision.document import Credential, Model, Provider, Rates, Route
from billing.management.provision.people import person
from portal.accounts.models import User
from portal.catalogue import rates
from portal.catalogue.models import AIModel, Protocol
from portal.keys import services as keys
from portal.keys.models import ApiKey
from portal.kit.scope import organization_scope, user_scope
from portal.organizations import services as organizations
from portal.organizations.models import Member
from proxyapp import token

PROVIDER = "Sandbox"
ORGANIZATION = "Demo"
KEY_NAME = "Demo key"
_SECRET = "sandbox-needs-no-secret"  # noqa: S105 - the sandbox takes any
_SHARE_OF_PRICE = Decimal("0.8")
_CONTEXT = {"gemini": 1_048_576, "gpt": 400_000, "claude": 200_000}

# Names as the client guides use them; USD per million tokens as their makers list them (November 2025):
# input, output, cache read, and where writing to the cache costs extra, for five minutes and for an hour.
_METERS = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
_SONNET = ("3", "15", "0.30", "3.75", "6")
_OPUS = ("15", "75", "1.50", "18.75", "30")
_GPT = ("1.25", "10", "0.125")
_GEMINI_25 = ("1.25", "10", "0.125")
_GEMINI_3 = ("2", "12", "0.20")
_CLAUDE_WIRE = (Protocol.ANTHROPIC,)
MODELS: tuple[tuple[str, tuple[Protocol, ...], tuple[str, ...], int], ...] = (
    ("sandbox-claude", _CLAUDE_WIRE, _SONNET, 64_000),
    ("sandbox-gpt", (Protocol.OPENAI_CHAT, Protocol.OPENAI_RESPONSES), _GPT, 128_000),
    ("sandbox-gemini", (Protocol.GEMINI,), _GEMINI_25, 65_536),
    ("claude-sonnet-4-5-20250929", _CLAUDE_WIRE, _SONNET, 64_000),
    ("claude-opus-4-1-20250805", _CLAUDE_WIRE, _OPUS, 32_000),
    ("claude-sonnet-4-20250514", _CLAUDE_WIRE, _SONNET, 64_000),
    ("gpt-5.1-codex", (Protocol.OPENAI_RESPONSES,), _GPT, 128_000),
    ("gemini-2.5-pro", (Protocol.GEMINI,), _GEMINI_25, 65_536),
    ("gemini-3-pro-preview", (Protocol.GEMINI,), _GEMINI_3, 65_536),
    ("gemini-3.1-pro-preview", (Protocol.GEMINI,), _GEMINI_3, 65_536),  # what Gemini CLI makes of it
)
# Media: priced by one unit each, in USD.
MEDIA: tuple[tuple[str, str, str], ...] = (("sandbox-image", "per_image", "0.04"),)


def seed(secrets: Mapping[str, Any], sandbox_url: str) -> str:
    """Have the demo in place, served by the sandbox at `sandbox_url`; the plain text of its API key.

    Of `secrets` (see `portal.embedded.secretfile`) `operator`, `member` and `demo_key_seed` are used.
    """
    _login(secrets["operator"], name="Operator", is_staff=True, is_superuser=True)
    member = _login(secrets["member"], name="Member")
    known = set(AIModel.objects.values_list("name", flat=True))
    missing = [_model(*listed) for listed in MODELS if listed[0] not in known]
    missing += [_media(*listed) for listed in MEDIA if listed[0] not in known]
    apply_catalogue([_provider(sandbox_url)], missing, _nobody_listens)
    minted = token.derive(bytes.fromhex(secrets["demo_key_seed"]))
    with organization_scope(_organization_id(member)):
        _issue_once(minted, member)
    return minted.text


def _login(login: Mapping[str, str], **values: Any) -> User:
    """The person with these values and this password; what is as it should be is not written again."""
    user, is_new = person(login["email"])
    fresh = {name: value for name, value in values.items() if getattr(user, name) != value}
    if is_new or not _has_password(user, login["password"]):
        user.set_password(login["password"])
        fresh["password"] = user.password
        _remember(user, login["password"])
    for name, value in fresh.items():
        setattr(user, name, value)
    if fresh:
        user.save(update_fields=list(fresh))
    return user


def _has_password(user: User, password: str) -> bool:
    """As `User.check_password`, but remembered: hashing is slow by design, and `up` starts often."""
    if constant_time_compare(cache.get(_place(user), ""), _proof(user, password)):
        return True
    matches = user.check_password(password)
    if matches:
        _remember(user, password)
    return matches


def _remember(user: User, password: str) -> None:
    cache.set(_place(user), _proof(user, password), timeout=None)


def _place(user: User) -> str:
    return f"demo-login:{user.pk}"


def _proof(user: User, password: str) -> str:
    """That this password belongs to the stored hash; without SECRET_KEY it is of no use to anybody."""
    return salted_hmac(user.password, password, algorithm="sha256").hexdigest()


def _organization_id(member: User) -> int:
    with user_scope(member.pk):
        mine = Member.anywhere.filter(user=member).order_by("pk").first()
    if mine:
        return mine.organization_id
    slug = f"demo-{member.pk}"
    return organizations.found(name=ORGANIZATION, slug=slug, owner=member, signed_up=True).pk


def _issue_once(minted: token.Token, member: User) -> None:
    """A demo key that was revoked stays so."""
    if not ApiKey.objects.filter(digest=token.digest(minted.text, settings.KEY_PEPPER)).exists():
        keys.issue(name=KEY_NAME, actor=member, minted=minted)


def _provider(sandbox_url: str) -> Provider:
    return Provider(
        name=PROVIDER,
        protocols=dict.fromkeys(Protocol.values, sandbox_url),
        credentials=(Credential("sandbox", _SECRET),),
        allow_private_addresses=True,
    )


def _model(name: str, protocols: tuple[Protocol, ...], price: tuple[str, ...], most_output: int) -> Model:
    usd = {meter: Decimal(amount) for meter, amount in zip(_METERS, price, strict=False)}
    return Model(
        name=name,
        routes=tuple([Route(PROVIDER, protocol.value, name) for protocol in protocols]),
        price=rates.from_usd(usd),
        cost=_cost(usd),
        max_output_tokens=most_output,
        context_tokens=next(size for family, size in _CONTEXT.items() if family in name),
    )


def _media(name: str, field: str, price: str) -> Model:
    usd = {field: Decimal(price)}
    route = Route(PROVIDER, Protocol.MEDIA_V3.value, name)
    return Model(name=name, routes=(route,), price=rates.from_usd(usd), cost=_cost(usd))


def _cost(price: Mapping[str, Decimal]) -> Rates:
    """What the sandbox would bill us, if it did."""
    return rates.from_usd({meter: amount * _SHARE_OF_PRICE for meter, amount in price.items()})


def _nobody_listens(line: str) -> None:
    pass
