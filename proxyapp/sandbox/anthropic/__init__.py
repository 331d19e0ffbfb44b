"""Anthropic Messages."""

from proxyapp.sandbox.anthropic import reply, request, rest
from proxyapp.sandbox.dialect import Dialect

DIALECT = Dialect(
    name="anthropic",
    read=request.read,
    read_count=request.read_count,
    whole=reply.whole,
    chunks=reply.chunks,
    count=rest.count,
    error=rest.error,
    stream_error=rest.stream_error,
    models=rest.models,
    model=rest.model,
    credential=rest.credential,
    headers=rest.headers,
)
