"""Reading a Responses request into the canonical form.

What is stored at the provider cannot be translated and is refused. `store` asked for is a loss, since nothing
is stored; left out, it is not, because no client relies on that. `include` of encrypted reasoning is what
always happens.
"""

from typing import get_args

from proxyapp.protocols.canonical import AnswerFormat, Effort, Question, Reasoning, Text, Turn
from proxyapp.protocols.carrying import once
from proxyapp.protocols.openai_responses.request import STORED_INPUTS
from proxyapp.protocols.openai_responses.translation.node import Node, request_in
from proxyapp.protocols.openai_responses.translation.read_items import Conversation
from proxyapp.protocols.openai_responses.translation.read_tools import read_choice, read_tools

ENCRYPTED = "reasoning.encrypted_content"
_EFFORTS: tuple[Effort, ...] = get_args(Effort)


def read_question(body: bytes, model: str, *, stream: bool) -> Question:
    """See `Translator.read_question`."""
    request = request_in(body)
    _refuse_stored(request)
    request.ignore("model", "stream")
    conversation = _read_conversation(request)
    text = request.node("text")
    question = Question(
        model=model,
        stream=stream,
        system=conversation.system,
        turns=conversation.turns,
        tools=read_tools(request.nodes("tools") + conversation.tools),
        choice=read_choice(request),
        ceiling=request.count("max_output_tokens"),
        temperature=request.number("temperature"),
        top_p=request.number("top_p"),
        format=_read_format(text) if text else None,
        verbosity=text.text("verbosity") if text else "",
        reasoning=_read_reasoning(request),
        user=request.text("user") or request.text("safety_identifier"),
        tier=request.text("service_tier"),
    )
    _read_defaults(request)
    question.losses = once(request.losses())
    return question


def _refuse_stored(request: Node) -> None:
    for name in (*STORED_INPUTS, "previous_response_id"):
        if request.get(name) is not None:
            raise request.untranslatable(name, "it refers to what is stored at OpenAI")
    if request.flag("background"):
        raise request.untranslatable("background", "the answer must come on this connection")


def _read_conversation(request: Node) -> Conversation:
    conversation = Conversation()
    if instructions := request.text("instructions"):
        conversation.system.append(Text(text=instructions))
    given = request.get("input")
    if isinstance(given, str):
        conversation.turns.append(Turn(role="user", parts=[Text(text=given)]))
    elif given is None:
        raise request.complaint("input", "is required")
    else:
        for item in request.nodes("input"):
            conversation.take(item)
    return conversation


def _read_defaults(request: Node) -> None:
    """What is a loss only where more than the usual is asked for."""
    if request.text("truncation") not in ("", "disabled"):
        request.lose("truncation")
    if set(request.texts("include")) - {ENCRYPTED}:
        request.lose("include")


def _read_format(text: Node) -> AnswerFormat | None:
    format_ = text.node("format")
    if format_ is None:
        return None
    kind = format_.required("type")
    if kind == "text":
        return None
    if kind == "json_object":
        return AnswerFormat()
    if kind != "json_schema":
        raise format_.complaint("type", "must be text, json_object or json_schema")
    if format_.get("schema") is None:
        raise format_.complaint("schema", "is required")
    return AnswerFormat(
        schema=format_.plain("schema"),
        name=format_.text("name"),
        description=format_.text("description"),
        strict=format_.flag("strict"),
    )


def _read_reasoning(request: Node) -> Reasoning | None:
    """A summary of any length is thinking that is shown."""
    reasoning = request.node("reasoning")
    if reasoning is None:
        return None
    effort = reasoning.text("effort")
    if effort and effort not in _EFFORTS:
        raise reasoning.complaint("effort", "must be one of " + ", ".join(_EFFORTS))
    older = reasoning.text("generate_summary")
    summary = reasoning.text("summary") or older
    if summary not in ("", "auto"):
        reasoning.lose("summary")
    for name, usual in (("context", "auto"), ("mode", "standard")):
        if reasoning.text(name) not in ("", usual):
            reasoning.lose(name)
    read = Reasoning(
        effort=next((known for known in _EFFORTS if known == effort), None),
        shown=True if summary else None,
    )
    return None if read == Reasoning() else read
