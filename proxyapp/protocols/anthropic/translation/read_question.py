"""The top level of a Messages request."""

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.anthropic.translation.fields import Fields
from proxyapp.protocols.anthropic.translation.read_reasoning import read_format, read_reasoning
from proxyapp.protocols.anthropic.translation.read_tools import read_choice, read_tools
from proxyapp.protocols.anthropic.translation.read_turns import read_cache, read_system, read_turns
from proxyapp.protocols.body import read_any
from proxyapp.protocols.canonical import Media, Question, Text, ToolResult, ToolUse, Turn
from proxyapp.protocols.carrying import once

_STORED = {
    "thread": "goes on with a conversation that is stored at the provider",
    "container": "goes on in a container that is stored at the provider",
}


def read_question(body: bytes, model: str, *, stream: bool) -> Question:
    """See `translator.Translator.read_question`."""
    try:
        return _read(body, model, stream)
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None


def _read(body: bytes, model: str, stream: bool) -> Question:
    losses: list[str] = []
    fields = Fields(read_any(body), "", losses)
    for name, what in _STORED.items():
        if fields.has(name):
            raise fields.untranslatable(name, what)
    ceiling = fields.whole("max_tokens")
    if ceiling == 0:
        raise fields.untranslatable("max_tokens", "of 0 only fills the provider's prompt cache")
    turns = read_turns(fields)
    _mark_end(fields, turns)
    question = Question(
        model=model,
        turns=turns,
        system=read_system(fields),
        tools=read_tools(fields),
        choice=read_choice(fields),
        ceiling=ceiling,
        stop=fields.texts("stop_sequences"),
        temperature=fields.number("temperature"),
        top_p=fields.number("top_p"),
        top_k=fields.whole("top_k"),
        reasoning=read_reasoning(fields),
        format=read_format(fields),
        user=_read_user(fields),
        tier=fields.text("service_tier"),
        stream=stream,
    )
    fields.leave("model", "stream")
    question.losses = once(losses)
    return question


def _read_user(fields: Fields) -> str:
    metadata = fields.inner("metadata")
    if metadata is None:
        return ""
    user = metadata.text("user_id")
    metadata.leave()
    return user


def _mark_end(fields: Fields, turns: list[Turn]) -> None:
    """A mark for the cache on the request itself means the last part that can have one."""
    cache = read_cache(fields)
    last = turns[-1].parts[-1] if turns and turns[-1].parts else None
    if cache and isinstance(last, Text | Media | ToolUse | ToolResult) and not last.cache:
        last.cache = cache
