"""A chat request, read."""

from proxyapp.protocols.canonical import AnswerFormat, Question
from proxyapp.protocols.carrying import once
from proxyapp.protocols.openai_chat.translation.decoding import decode_request, not_translatable
from proxyapp.protocols.openai_chat.translation.read_messages import Messages
from proxyapp.protocols.openai_chat.translation.read_reasoning import read_reasoning
from proxyapp.protocols.openai_chat.translation.read_tools import is_legacy, read_choice, read_tools
from proxyapp.protocols.openai_chat.translation.wire import Request, ResponseFormat


def read_question(body: bytes, model: str, *, stream: bool) -> Question:
    """See `Translator`."""
    request, losses = decode_request(body)
    _refuse(request)
    messages = Messages(request.messages)
    tools, lost_tools = read_tools(request)
    losses = [*losses, *messages.losses, *lost_tools, *_lost(request)]
    return Question(
        model=model,
        system=messages.system,
        turns=messages.turns,
        tools=tools,
        choice=read_choice(request),
        legacy=is_legacy(request),
        ceiling=_ceiling(request),
        stop=_stops(request.stop),
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k,
        seed=request.seed,
        presence_penalty=request.presence_penalty,
        frequency_penalty=request.frequency_penalty,
        format=_format(request.response_format),
        reasoning=read_reasoning(request),
        verbosity=request.verbosity or "",
        user=request.safety_identifier or request.user or "",
        tier=request.service_tier or "",
        stream=stream,
        losses=once(losses),
    )


def _refuse(request: Request) -> None:
    """What can be had of a model of this protocol only."""
    if request.n is not None and request.n > 1:
        raise not_translatable("n", "asks for more than one answer")
    if "audio" in (request.modalities or ()):
        raise not_translatable("modalities", "asks for a spoken answer")


def _lost(request: Request) -> list[str]:
    losses = []
    if any(modality != "text" for modality in request.modalities or ()):
        losses.append("modalities")
    if request.user and request.safety_identifier and request.user != request.safety_identifier:
        losses.append("user")
    return losses


def _ceiling(request: Request) -> int | None:
    """The lower one, as the codec understands it."""
    said = [each for each in (request.max_tokens, request.max_completion_tokens) if each is not None]
    return min(said) if said else None


def _stops(stop: str | list[str] | None) -> list[str]:
    return [stop] if isinstance(stop, str) and stop else [*(stop or ())]


def _format(wanted: ResponseFormat | None) -> AnswerFormat | None:
    if wanted is None or wanted.type == "text":
        return None
    schema = wanted.json_schema
    if wanted.type == "json_object" or schema is None:
        return AnswerFormat()
    return AnswerFormat(
        schema=schema.schema, name=schema.name, description=schema.description or "", strict=schema.strict
    )
