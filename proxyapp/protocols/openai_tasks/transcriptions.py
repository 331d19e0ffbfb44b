"""`POST /v1/audio/transcriptions` and `/translations`: what is said in a recording. Paid by its seconds, or
by tokens, as the provider reports them.

The length of a recording is known from the header of a WAV. Of others only the size is known: a second has
at least 1,000 bytes (8 kbit/s, the least of MP3; only the codecs of telephones, and Opus at its lowest, take
less), and 16,000 (128 kbit/s) where one must guess.
"""

from msgspec import Raw

from proxyapp.protocols.base import Call, Reading
from proxyapp.protocols.counting import text_size
from proxyapp.protocols.openai_tasks.answer import TaskDocument, TaskEvent, TaskStream, decoded, read_usage
from proxyapp.protocols.openai_tasks.form import Form, complaint
from proxyapp.protocols.openai_tasks.form_codec import FormCodec
from proxyapp.protocols.openai_tasks.wav import seconds_of

BYTES_PER_SECOND_AT_LEAST = 1_000
BYTES_PER_SECOND_USUAL = 16_000
TOKENS_PER_SECOND_AT_MOST = 50
TOKENS_PER_SECOND_USUAL = 10


class TranscriptDocument(TaskDocument):
    """JSON, or the plain text and the subtitles that may be asked for in its place."""

    def take(self, document: bytes) -> None:
        if document.lstrip()[:1] == b"{":
            super().take(document)
        else:
            self.output_bytes = len(document)
            self.started = self.finished = True

    def note(self, members: dict[str, Raw]) -> None:
        super().note(members)
        self.output_bytes = text_size(members.get("text", Raw()))
        length = decoded(members, "duration")
        if self.usage is None and length is not None:
            self.believe(read_usage, {"type": "duration", "seconds": length})


class TranscriptStream(TaskStream):
    """The same, told piece by piece."""

    document = TranscriptDocument

    def note(self, event: TaskEvent) -> None:
        super().note(event)
        self.output_bytes += text_size(event.delta)


class TranscriptionsCodec(FormCodec):
    """The recording is forwarded as it is."""

    def read_form(self, form: Form, body: bytes) -> Call:
        file = form.one("file")
        if file is None:
            raise complaint("file", "is required: the recording")
        size, exactly = file.end - file.start, seconds_of(form.value(file))
        most = -(-size // BYTES_PER_SECOND_AT_LEAST) if exactly is None else exactly
        usual = -(-size // BYTES_PER_SECOND_USUAL) if exactly is None else exactly
        text = -(-form.beside([file]) // 2)
        return self.form_call(
            form,
            body,
            stream=form.flag("stream"),
            bounds={"seconds": most, "input": most * TOKENS_PER_SECOND_AT_MOST + text},
            usual={"seconds": usual, "input": usual * TOKENS_PER_SECOND_USUAL},
        )

    def watch(self, call: Call) -> Reading:
        return TranscriptStream() if call.stream else TranscriptDocument()
