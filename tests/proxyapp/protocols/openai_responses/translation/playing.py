"""The official SDK, pointed at a server that plays what was written."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai

from proxyapp.protocols.canonical import Answer
from proxyapp.protocols.openai_responses.translation import TRANSLATOR
from proxyapp.protocols.translator import Frame
from tests.proxyapp.protocols.openai_responses.translation.saying import streamed


@asynccontextmanager
async def playing(answer: Answer, frame: Frame, *, stream: bool = False) -> AsyncIterator[openai.AsyncOpenAI]:
    """A client to whom every call is answered with this, as a document or as a stream."""
    if stream:
        kind, body = "text/event-stream", TRANSLATOR.write_stream(frame).write(streamed(answer))
    else:
        kind, body = "application/json", TRANSLATOR.write_answer(answer, frame)

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\n" % kind.encode())
        writer.write(b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, openai.AsyncOpenAI(api_key="k", base_url=f"http://127.0.0.1:{port}/v1") as sdk:
        yield sdk
