"""`POST /v1/rerank`: documents in the order of their relevance to a query."""

from proxyapp.protocols.base import Call
from proxyapp.protocols.body import Members
from proxyapp.protocols.openai_tasks.codec import TaskCodec, required


class RerankCodec(TaskCodec):
    """Paid by tokens where the provider reports them, else by the call."""

    def __init__(self) -> None:
        super().__init__("rerank")

    def read_json(self, fields: Members, body: bytes) -> Call:
        call = super().read_json(fields, body)
        for name in ("query", "documents"):
            required(fields, name)
        return call
