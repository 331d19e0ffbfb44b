"""What the codecs of all tasks share."""

from typing import Any

import msgspec

from proxyapp.errors import Problem
from proxyapp.protocols.address import versioned_anywhere
from proxyapp.protocols.base import Call, Header, ProtocolName, Reading
from proxyapp.protocols.body import Members, read_body, rewrite
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_skin import error_object
from proxyapp.protocols.openai_tasks.answer import TaskDocument
from proxyapp.protocols.sse import write_event
from proxyapp.protocols.words import refusal_words

CARRIERS: tuple[ProtocolName, ...] = ("openai_chat", "openai_responses")
"""Whose routes lead to an OpenAI address; both have the same base URL."""

ONE_CALL = {"calls": 1}
"""What the request of a task says that has nothing else to say of its price."""


class TaskCodec:
    """A task whose request is JSON, and whose answer is a document with `usage`. See `base.Codec`."""

    name: ProtocolName = "openai"

    def __init__(self, path: str) -> None:
        self.path = path

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        return self.read_json(read_body(body), body)

    def read_json(self, fields: Members, body: bytes) -> Call:
        """The call in a JSON body: by default one that gives no output to pay for."""
        return self.call(body, read_model(fields), max_output=0, said=ONE_CALL)

    def call(self, body: bytes, model: str, **more: Any) -> Call:
        """A call of this task. Nothing in it lowers what the answer costs."""
        return Call(protocol=self.name, model=model, body=body, carriers=CARRIERS, lowers=False, **more)

    def write(self, call: Call, upstream_model: str, max_output: int | None) -> bytes:
        return call.body if upstream_model == call.model else rewrite(call.body, {"model": upstream_model})

    def target(self, base_url: str, call: Call, upstream_model: str) -> str:
        return f"{versioned_anywhere(base_url, 'v1')}/{self.path}"

    def credentials(self, secret: str) -> list[Header]:
        return [(b"authorization", b"Bearer " + secret.encode())]

    def watch(self, call: Call) -> Reading:
        return TaskDocument()

    def fail(self, problem: Problem, trace_id: str) -> tuple[int, bytes]:
        return problem.status, msgspec.json.encode({"error": error_object(problem, trace_id)})

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        """An `error` event. It begins with a blank line, because the last one may have been cut."""
        event = {"type": "error", "error": error_object(problem, trace_id)}
        return b"\n\n" + write_event(event, name="error")

    def refusal(self, status: int, body: bytes) -> str:
        return refusal_words(body)


def required(fields: Members, name: str) -> None:
    """A member without which there is nothing to do."""
    if not fields.has(name):
        raise fields.complaint(name, "is required")
