"""`POST /v1/audio/speech`: a text, spoken. Paid by the characters of the text, or by tokens where the
provider reports them, which it does in a stream of events only (`stream_format: "sse"`).
"""

from proxyapp.errors import Problem
from proxyapp.protocols.base import Call, Reading
from proxyapp.protocols.body import Members
from proxyapp.protocols.estimating import BYTES_PER_TOKEN
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_tasks.answer import TaskStream
from proxyapp.protocols.openai_tasks.codec import TaskCodec
from proxyapp.protocols.reading import Watch

BYTES_PER_SPOKEN_TOKEN = 1_000
"""A token is about 50 ms, and those are about so many bytes of MP3."""


class Sound(Watch):
    """Sound as it comes, finished when it ends in order. Its tokens can only be guessed."""

    def __init__(self) -> None:
        super().__init__()
        self._size = 0

    def feed(self, data: bytes) -> bytes:
        self._size += len(data)
        self.output_bytes = -(-self._size // BYTES_PER_SPOKEN_TOKEN) * BYTES_PER_TOKEN
        self.started = self._size > 0
        return data

    def end(self) -> bytes:
        self.finished = self.started
        return b""


class SpeechCodec(TaskCodec):
    """The answer is passed on while it comes, whatever its format."""

    def __init__(self) -> None:
        super().__init__("audio/speech")

    def read_json(self, fields: Members, body: bytes) -> Call:
        model, text = read_model(fields), fields.text("input")
        if not text:
            raise fields.complaint("input", "must be a non-empty string")
        events = fields.text("stream_format") == "sse"
        return self.call(body, model, stream=True, sse=events, said={"characters": len(text)})

    def watch(self, call: Call) -> Reading:
        return TaskStream() if call.sse else Sound()

    def fail_stream(self, problem: Problem, trace_id: str, call: Call) -> bytes:
        """There are no words in the midst of sound: it is cut off, for the client to notice."""
        return super().fail_stream(problem, trace_id, call) if call.sse else b""
