"""OpenAI: Chat Completions and Responses."""

from proxyapp.sandbox.dialect import Dialect
from proxyapp.sandbox.openai import (
    chat_reply,
    chat_request,
    responses_reply,
    responses_request,
    responses_stream,
    rest,
)

CHAT = Dialect(
    name="openai_chat",
    read=chat_request.read,
    read_count=chat_request.read,
    whole=chat_reply.whole,
    chunks=chat_reply.chunks,
    count=rest.count,
    error=rest.error,
    stream_error=rest.stream_error,
    models=rest.models,
    model=rest.model,
    credential=rest.credential,
    headers=rest.headers,
)

RESPONSES = Dialect(
    name="openai_responses",
    read=responses_request.read,
    read_count=responses_request.read,
    whole=responses_reply.whole,
    chunks=responses_stream.chunks,
    count=rest.count,
    error=rest.error,
    stream_error=responses_stream.stream_error,
    models=rest.models,
    model=rest.model,
    credential=rest.credential,
    headers=rest.headers,
)
