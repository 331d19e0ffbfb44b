"""Why what a client sent as its key is none of ours: one code for each cause, and a hint that mends it.

Nothing of what was sent is repeated: it may be a secret, if of another house.
"""

import base64
import binascii
import re
from collections.abc import Iterable

from proxyapp import token
from proxyapp.errors import Unauthenticated
from proxyapp.http import Header

HINT = "Create a key at /settings/key-management and send it as “Authorization: Bearer sk_…”."
CARRIERS = {
    b"authorization": "Authorization",
    b"x-api-key": "x-api-key",
    b"x-goog-api-key": "x-goog-api-key",
    b"?key=": "the query parameter key",
}
"""Where a key is looked for, and what people call that."""

_OURS = re.compile(rf"{token.PREFIX}[0-9A-Za-z]{{{token.LENGTH - len(token.PREFIX)}}}")
_VARIABLE = re.compile(r"\$\{?\w+\}?|\$\(.*|%\w+%|\{\{.*|\{env:.*|\$env:\w+|process\.env\..*", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"<.*>?|\[.*\]?"
    r"|(?:sk[-_])?(?:your|my|the)?[-_ ]?(?:\w+[-_ ])?(?:api|auth|access|secret)?[-_ ]?(?:key|token)"
    r"(?:[-_ ]?(?:here|value|goes[-_ ]here))?"
    r"|(?:any|dummy|test|fake|none|null|undefined|changeme|change-me|placeholder|example|empty|secret|no)"
    r"(?:[-_ ]?(?:value|key|thing|string))?"
    r"|(?:sk|key|pk)?[-_]?(?:x{3,}|\.{3,}|…+|\*{3,}|-{3,}|1234567890\w*|12345\w{0,3})",
    re.IGNORECASE,
)
_FOREIGN: tuple[tuple[str, str], ...] = (
    (r"sk-ant-oat", "the token of a Claude login"),
    (r"sk-ant-", "a key of Anthropic"),
    (r"sk-or-", "a key of OpenRouter"),
    (r"sk-(?:proj|svcacct|admin|None)-", "a key of OpenAI"),
    (r"sk-[0-9A-Za-z]{48}$", "a key of OpenAI"),
    (r"sk-[0-9a-f]{32}$", "a key of DeepSeek or of another gateway"),
    (r"sk-lf-|pk-lf-", "a key of Langfuse"),
    (r"sk-", "a key of another provider or gateway"),
    (r"AIza", "a key of Google"),
    (r"ya29\.", "the token of a Google login"),
    (r"cr_", "a key of Claude Relay Service"),
    (r"gsk_", "a key of Groq"),
    (r"xai-", "a key of xAI"),
    (r"pplx-", "a key of Perplexity"),
    (r"hf_", "a token of Hugging Face"),
    (r"nvapi-", "a key of NVIDIA"),
    (r"fw_", "a key of Fireworks"),
    (r"r8_", "a token of Replicate"),
    (r"gh[opsu]_|github_pat_", "a token of GitHub"),
    (r"AKIA", "an access key of AWS"),
    (r"fk-", "a key of Factory"),
    (r"eyJ", "the token of a login, such as ChatGPT's"),
)
_WHOSE = tuple((re.compile(start), whose) for start, whose in _FOREIGN)
_LONGEST = 200  # characters of a placeholder


def missing() -> Unauthenticated:
    """There is no key in any of the carriers."""
    return Unauthenticated("No API key was sent.", code="missing_api_key", hint=HINT)


def unknown() -> Unauthenticated:
    """It looks like one of ours, and nobody has issued it; a digest tells no more."""
    return Unauthenticated("This API key does not exist here.", hint=HINT)


def conflicting(carriers: Iterable[bytes]) -> Unauthenticated:
    """Different keys in different places, or in one place twice."""
    named = list(dict.fromkeys(CARRIERS[carrier] for carrier in carriers))
    return Unauthenticated(
        f"The request carries more than one API key, and they differ: in {' and in '.join(named)}.",
        code="conflicting_api_keys",
        hint="Send one key; look for an old one in another environment variable or setting.",
        carriers=named,
    )


def misplaced(where: str) -> Unauthenticated:
    """A key of ours where no client of any of the protocols puts it."""
    return Unauthenticated(
        f"An API key of this gateway was sent in {where}, where it is not looked for.",
        code="misplaced_api_key",
        hint="Send it as “Authorization: Bearer sk_…”, or in the header x-api-key or x-goog-api-key.",
        carrier=where,
    )


def is_placeholder(text: str) -> bool:
    """Whether a text stands where a key should have been put; an API key has neither blanks nor accents."""
    if not text.isascii():
        return True
    return len(text) <= _LONGEST and bool(_VARIABLE.fullmatch(text) or _PLACEHOLDER.fullmatch(text))


def malformed(text: str) -> Unauthenticated:
    """Why a text that is no key of ours is refused without a look-up."""
    if text[:6].lower() == "basic ":
        return misplaced("Authorization: Basic") if _in_basic(text[6:]) else _foreign("a name and a password")
    if len(text) <= _LONGEST and _VARIABLE.fullmatch(text):
        return Unauthenticated(
            "The name of a variable was sent in the place of the API key: it was not replaced by its value.",
            code="placeholder_api_key",
            hint="Set the variable where the client runs, or write the key itself. " + HINT,
        )
    if is_placeholder(text):
        return Unauthenticated(
            f"A placeholder was sent in the place of the API key: ours begin with “{token.PREFIX}”.",
            code="placeholder_api_key",
            hint="Replace it in the client's settings by a key of yours. " + HINT,
        )
    if text.startswith(token.PREFIX):
        return Unauthenticated(
            "This API key is mistyped or cut off: its checksum does not hold.",
            code="mistyped_api_key",
            hint=f"A key has {token.LENGTH} characters; copy it whole. " + HINT,
        )
    whose = next((whose for start, whose in _WHOSE if start.match(text)), "")
    return _foreign(whose)


def elsewhere(headers: Iterable[Header], query: str, body: bytes = b"") -> str:
    """Where a key of ours is, if it is in none of the carriers: in words, or empty."""
    for name, value in headers:
        if name not in CARRIERS and _holds_ours(value.decode("latin-1")):
            return "a cookie" if name == b"cookie" else f"the header {name.decode('latin-1')}"
    if _holds_ours(query):
        return "the query"
    return "the body" if _holds_ours(body.decode("latin-1")) else ""


def _foreign(whose: str) -> Unauthenticated:
    looks = f" It looks like {whose}." if whose else ""
    return Unauthenticated(
        f"This is not a key of this gateway: ours begin with “{token.PREFIX}”.{looks}",
        code="foreign_api_key",
        hint="Replace it in the client's settings by a key from here. " + HINT,
    )


def _holds_ours(text: str) -> bool:
    return any(token.is_well_formed(found) for found in _OURS.findall(text))


def _in_basic(encoded: str) -> bool:
    try:
        return _holds_ours(base64.b64decode(encoded.strip()).decode("latin-1"))
    except (binascii.Error, ValueError):
        return False
