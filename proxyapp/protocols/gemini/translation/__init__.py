"""Gemini, to and from the canonical form."""

from proxyapp.protocols.gemini.translation.read_answer import read_answer
from proxyapp.protocols.gemini.translation.read_question import read_question
from proxyapp.protocols.gemini.translation.read_stream import ContentReader
from proxyapp.protocols.gemini.translation.write_answer import write_answer
from proxyapp.protocols.gemini.translation.write_question import write_question
from proxyapp.protocols.gemini.translation.write_stream import ContentWriter
from proxyapp.protocols.translator import Translator


class GeminiTranslator:
    """See `translator.Translator` for what each of these promises."""

    read_question = staticmethod(read_question)
    write_question = staticmethod(write_question)
    read_answer = staticmethod(read_answer)
    write_answer = staticmethod(write_answer)
    read_stream = staticmethod(ContentReader)
    write_stream = staticmethod(ContentWriter)


TRANSLATOR: Translator = GeminiTranslator()

__all__ = ["TRANSLATOR"]
