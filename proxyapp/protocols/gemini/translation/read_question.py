"""A generateContent request, as a question."""

from typing import Any

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.body import read_any
from proxyapp.protocols.canonical import Question, Text
from proxyapp.protocols.carrying import once
from proxyapp.protocols.gemini.translation.message import Message, complaint, untranslatable
from proxyapp.protocols.gemini.translation.read_config import read_config
from proxyapp.protocols.gemini.translation.read_contents import read_contents
from proxyapp.protocols.gemini.translation.read_tools import read_choice, read_tools

_STORED = ("cachedContent", "continuationToken")


def read_question(body: bytes, model: str, *, stream: bool) -> Question:
    """See `Translator`."""
    losses: list[str] = []
    try:
        return _read(Message(read_any(body), "", losses), model, stream, losses)
    except RecursionError:
        raise InvalidRequest("The request body is nested too deeply.", code="invalid_json") from None


def _read(request: Message, model: str, stream: bool, losses: list[str]) -> Question:
    for name in _STORED:
        if request.has(name):
            raise untranslatable(name, "names what is stored at Google, which cannot be read")
    request.take("model")
    config = request.message("generationConfig")
    settings: dict[str, Any] = read_config(config) if config is not None else {}
    question = Question(
        model=model,
        stream=stream,
        turns=read_contents(request.messages("contents")),
        system=_read_system(request, losses),
        tools=read_tools(request.messages("tools")),
        choice=read_choice(request.message("toolConfig")),
        tier=_tier(request.text("serviceTier").lower()),
        **settings,
    )
    if not question.turns:
        raise complaint("contents", "must hold at least one message that is not empty")
    request.lose_rest()
    question.losses = once(losses)
    return question


def _tier(name: str) -> str:
    return "" if name == "unspecified" else name


def _read_system(request: Message, losses: list[str]) -> list[Text]:
    """The system prompt: a content, or, as some clients write it, a string, a part, or a list of these."""
    given = request.take("systemInstruction")
    path = request.where("systemInstruction")
    items = given if isinstance(given, list) else [] if given is None else [given]
    system = []
    for index, item in enumerate(items):
        where = f"{path}[{index}]" if isinstance(given, list) else path
        if isinstance(item, str):
            system.append(item)
        else:
            system += _texts(Message(item, where, losses))
    return [Text(text) for text in system if text]


def _texts(content: Message) -> list[str]:
    """The texts of a content or of one part."""
    content.take("role")
    found = [content.text("text")]
    for part in content.messages("parts"):
        found.append(part.text("text"))
        part.lose_rest()
    content.lose_rest()
    return found
