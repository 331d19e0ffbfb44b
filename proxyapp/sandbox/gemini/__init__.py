"""Gemini."""

from proxyapp.sandbox.dialect import Dialect
from proxyapp.sandbox.gemini import reply, request, rest

DIALECT = Dialect(
    name="gemini",
    read=request.read,
    read_count=request.read_count,
    whole=reply.whole,
    chunks=reply.chunks,
    count=rest.count,
    error=rest.error,
    stream_error=reply.stream_error,
    models=rest.models,
    model=rest.model,
    credential=rest.credential,
    headers=rest.headers,
    json_type=b"application/json; charset=UTF-8",
)
