"""Chat Completions, to and from the canonical form."""

from proxyapp.protocols.openai_chat.translation.read_answer import read_answer
from proxyapp.protocols.openai_chat.translation.read_question import read_question
from proxyapp.protocols.openai_chat.translation.read_stream import ChatStreamReader
from proxyapp.protocols.openai_chat.translation.write_answer import write_answer
from proxyapp.protocols.openai_chat.translation.write_question import write_question
from proxyapp.protocols.openai_chat.translation.write_stream import ChatStreamWriter
from proxyapp.protocols.translator import Translator


class ChatTranslator:
    """See `translator.Translator` for what each of these promises."""

    read_question = staticmethod(read_question)
    write_question = staticmethod(write_question)
    read_answer = staticmethod(read_answer)
    write_answer = staticmethod(write_answer)
    read_stream = staticmethod(ChatStreamReader)
    write_stream = staticmethod(ChatStreamWriter)


TRANSLATOR: Translator = ChatTranslator()

__all__ = ["TRANSLATOR"]
