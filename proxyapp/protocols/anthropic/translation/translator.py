"""The face of these translations."""

from proxyapp.protocols.anthropic.translation.read_answer import read_answer
from proxyapp.protocols.anthropic.translation.read_question import read_question
from proxyapp.protocols.anthropic.translation.read_stream import MessageStreamReader
from proxyapp.protocols.anthropic.translation.write_answer import write_answer
from proxyapp.protocols.anthropic.translation.write_question import write_question
from proxyapp.protocols.anthropic.translation.write_stream import MessageStreamWriter
from proxyapp.protocols.canonical import Answer, Question
from proxyapp.protocols.translator import Frame, StreamReader, StreamWriter, Translator, Written


class AnthropicTranslator:
    """See `translator.Translator` for what each of these promises."""

    def read_question(self, body: bytes, model: str, *, stream: bool) -> Question:
        return read_question(body, model, stream=stream)

    def write_question(self, question: Question, model: str, ceiling: int) -> Written:
        return write_question(question, model, ceiling)

    def read_answer(self, document: bytes) -> Answer:
        return read_answer(document)

    def write_answer(self, answer: Answer, frame: Frame) -> bytes:
        return write_answer(answer, frame)

    def read_stream(self) -> StreamReader:
        return MessageStreamReader()

    def write_stream(self, frame: Frame) -> StreamWriter:
        return MessageStreamWriter(frame)


TRANSLATOR: Translator = AnthropicTranslator()
