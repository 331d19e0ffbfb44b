"""Responses, to and from the canonical form."""

from proxyapp.protocols.openai_responses.translation.read_answer import read_answer
from proxyapp.protocols.openai_responses.translation.read_question import read_question
from proxyapp.protocols.openai_responses.translation.read_stream import ResponsesReader
from proxyapp.protocols.openai_responses.translation.write_answer import write_answer
from proxyapp.protocols.openai_responses.translation.write_question import write_question
from proxyapp.protocols.openai_responses.translation.write_stream import ResponsesWriter
from proxyapp.protocols.translator import Translator


class ResponsesTranslator:
    """See `translator.Translator` for what each of these promises."""

    read_question = staticmethod(read_question)
    write_question = staticmethod(write_question)
    read_answer = staticmethod(read_answer)
    write_answer = staticmethod(write_answer)
    read_stream = staticmethod(ResponsesReader)
    write_stream = staticmethod(ResponsesWriter)


TRANSLATOR: Translator = ResponsesTranslator()

__all__ = ["TRANSLATOR"]
