"""The parts of an answer, as canonical parts. Nothing here raises: what cannot be read is left out."""

import re
from typing import Any

from proxyapp.protocols.canonical import Part, Text, ToolUse
from proxyapp.protocols.carrying import arguments_of
from proxyapp.protocols.gemini.translation import wire
from proxyapp.protocols.gemini.translation.code import code_text, outcome_text
from proxyapp.protocols.gemini.translation.media import inline, linked
from proxyapp.usage import new_call_id

_FOREIGN = re.compile(r"[^A-Za-z0-9_-]")


class CallIds:
    """Ids for the calls of one answer that came without: of the answer's own id and their position, so that
    they are unique in a conversation and the same however the answer is read."""

    def __init__(self) -> None:
        self._answer = ""
        self._count = 0

    def told(self, response_id: str | None) -> None:
        """The id of the answer, as soon as it is known."""
        if response_id and not self._answer:
            self._answer = _FOREIGN.sub("", response_id)[:24]

    def next(self, given: str | None) -> str:
        self._answer = self._answer or new_call_id()[:24]
        self._count += 1
        return given or f"call_{self._answer}_{self._count}"


def read_data(part: wire.Part, ids: CallIds) -> list[Part]:
    """What a part that is no thought holds beside its text and signature."""
    found: list[Part] = []
    if part.function_call is not None and part.function_call.name:
        call = part.function_call
        found.append(ToolUse(ids.next(call.id), call.name, _arguments(call.args)))
    if part.inline_data is not None and part.inline_data.data:
        found.append(inline(part.inline_data.mime_type or "", part.inline_data.data))
    if part.file_data is not None and part.file_data.file_uri:
        found.append(linked(part.file_data.mime_type or "", part.file_data.file_uri))
    if part.executable_code is not None:
        found.append(Text(code_text(part.executable_code.code or "", part.executable_code.language or "")))
    if part.code_execution_result is not None:
        found.append(Text(outcome_text(part.code_execution_result.output or "")))
    return found


def _arguments(args: Any) -> str:
    return arguments_of(args if isinstance(args, dict) else {})
