"""What OpenAI's addresses offer beside conversations, passed through as it is."""

from proxyapp.protocols.base import Codec
from proxyapp.protocols.openai_tasks.codec import TaskCodec
from proxyapp.protocols.openai_tasks.embeddings import EmbeddingsCodec
from proxyapp.protocols.openai_tasks.images import ImagesCodec
from proxyapp.protocols.openai_tasks.moderations import ModerationsCodec
from proxyapp.protocols.openai_tasks.rerank import RerankCodec
from proxyapp.protocols.openai_tasks.speech import SpeechCodec
from proxyapp.protocols.openai_tasks.transcriptions import TranscriptionsCodec

_ALL: tuple[TaskCodec, ...] = (
    EmbeddingsCodec(),
    RerankCodec(),
    ModerationsCodec(),
    ImagesCodec("images/generations"),
    ImagesCodec("images/edits"),
    ImagesCodec("images/variations"),
    SpeechCodec(),
    TranscriptionsCodec("audio/transcriptions"),
    TranscriptionsCodec("audio/translations"),
)

TASKS: dict[str, Codec] = {codec.path: codec for codec in _ALL}
"""By path below the base URL."""
