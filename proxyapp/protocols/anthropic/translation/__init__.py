"""Anthropic Messages, to and from the canonical form."""

from proxyapp.protocols.anthropic.translation.read_answer import read_answer
from proxyapp.protocols.anthropic.translation.read_question import read_question
from proxyapp.protocols.anthropic.translation.read_stream import MessageStreamReader
from proxyapp.protocols.anthropic.translation.write_answer import write_answer
from proxyapp.protocols.anthropic.translation.write_question import write_question
from proxyapp.protocols.anthropic.translation.write_stream import MessageStreamWriter
from proxyapp.protocols.translator import Translator


class MessagesTranslator:
    """See `translator.Translator` for what each of these promises."""

    read_question = staticmethod(read_question)
    write_question = staticmethod(write_question)
    read_answer = staticmethod(read_answer)
    write_answer = staticmethod(write_answer)
    read_stream = staticmethod(MessageStreamReader)
    write_stream = staticmethod(MessageStreamWriter)


TRANSLATOR: Translator = MessagesTranslator()

__all__ = ["TRANSLATOR"]
