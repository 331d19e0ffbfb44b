"""Seals in `thoughtSignature`.

Gemini signs the part that follows its thoughts: a call, or a text. In the canonical form such a seal stands
in a Thinking of its own, before that part. A seal of another provider travels in the same place, because
Gemini's clients do not send thoughts back, but these parts; it belongs to the thoughts before.
"""

from msgspec.structs import replace

from proxyapp.protocols.canonical import Part, Question, Seal, Thinking
from proxyapp.protocols.carrying import carried, uncarried

UNSIGNED = "skip_thought_signature_validator"
"""What Google documents to be sent where a call has no signature, and what Gemini CLI sends then. It is sent
as it stands: read as base64 it is bytes like any other signature.
"""

_REDACTED = "redacted:"  # before the value of a seal whose thoughts must not be shown; no base64 has a colon


def wants_thoughts(question: Question) -> bool:
    """Whether this client has asked to see thoughts. Gemini shows none to others, who may take the first part
    for the answer."""
    return question.reasoning is not None and question.reasoning.shown is True


def seal_text(thinking: Thinking) -> str:
    """The signature that carries this seal through a Gemini client; empty where there is none."""
    seal = thinking.seal
    if seal is not None and thinking.redacted:
        seal = Seal(origin=seal.origin, value=_REDACTED + seal.value)
    return "" if seal is None else carried(seal, "gemini")


def own_seal_text(thinking: Thinking) -> str:
    """The signature as Gemini itself gave it; empty where another provider did."""
    own = thinking.seal is not None and thinking.seal.origin == "gemini"
    return seal_text(thinking) if own else ""


def sealed(signature: str, text: str = "") -> Thinking:
    """The Thinking that a signature makes, with the thoughts it stands on."""
    if not signature or signature == UNSIGNED:
        return Thinking(text)
    seal = uncarried(signature, "gemini")
    if not seal.value.startswith(_REDACTED):
        return Thinking(text, seal=seal)
    return Thinking(text, Seal(origin=seal.origin, value=seal.value.removeprefix(_REDACTED)), redacted=True)


def add_seal(parts: list[Part], signature: str) -> None:
    """Add what a signature on the part that follows stands for."""
    thinking = sealed(signature)
    if thinking.seal is None:
        return
    last = parts[-1] if parts else None
    if belongs_before(thinking) and isinstance(last, Thinking) and last.seal is None:
        parts[-1] = replace(last, seal=thinking.seal)
    else:
        parts.append(thinking)


def stands_alone(thinking: Thinking) -> bool:
    """Whether the signature stands on the thoughts themselves, and not on the part after them."""
    own = thinking.seal is not None and thinking.seal.origin == "gemini"
    return own and bool(thinking.text) and not thinking.redacted


def belongs_before(thinking: Thinking) -> bool:
    """Whether the seal that was found on a part is that of the thoughts before it."""
    return thinking.seal is not None and thinking.seal.origin != "gemini" and not thinking.redacted
