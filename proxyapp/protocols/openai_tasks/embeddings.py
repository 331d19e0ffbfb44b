"""`POST /v1/embeddings`: texts as vectors, paid by the tokens of the texts."""

from proxyapp.protocols.base import Call
from proxyapp.protocols.body import Members
from proxyapp.protocols.openai_tasks.codec import TaskCodec, required


class EmbeddingsCodec(TaskCodec):
    """The format of the vectors is between client and provider."""

    def __init__(self) -> None:
        super().__init__("embeddings")

    def read_json(self, fields: Members, body: bytes) -> Call:
        call = super().read_json(fields, body)
        required(fields, "input")
        return call
