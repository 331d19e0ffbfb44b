"""`POST /v1/audio/speech`: a text, spoken. Paid by the characters of the text, or by tokens where the
provider reports them, which it does in a stream of events only (`stream_format: "sse"`).
"""

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call, Reading
from proxyapp.protocols.body import Members
from proxyapp.protocols.estimating import BYTES_PER_TOKEN
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_tasks.answer import Passing, TaskStream
from proxyapp.protocols.openai_tasks.codec import TaskCodec

BYTES_PER_SPOKEN_TOKEN = 1_000
"""A token is about 50 ms, and those are about so many bytes of MP3."""


class Sound(Passing):
    """Sound as it comes. Its tokens can only be guessed."""

    def feed(self, data: bytes) -> bytes:
        passed = super().feed(data)
        self.output_bytes = -(-self.size // BYTES_PER_SPOKEN_TOKEN) * BYTES_PER_TOKEN
        return passed


class SpeechCodec(TaskCodec):
    """The answer is passed on while it comes, whatever its format."""

    def __init__(self) -> None:
        super().__init__("audio/speech")

    def read_json(self, fields: Members, body: bytes) -> Call:
        model, text = read_model(fields), fields.text("input")
        if not text:
            raise fields.complaint("input", "must be a non-empty string")
        spoken = {"characters": len(text)}
        events = fields.text("stream_format") == "sse"
        return self.call(body, model, stream=True, sse=events, bounds=spoken, usual=spoken, exact=True)

    def watch(self, call: Call) -> Reading:
        return TaskStream() if call.sse else Sound()

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        """There are no words in the midst of sound: it is cut off, for the client to notice."""
        return super().fail_stream(problem, trace_id, call) if call.sse else b""
