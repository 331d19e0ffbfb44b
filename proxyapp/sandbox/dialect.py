"""The seam between the exchange and the four protocols."""

from collections.abc import Callable
from dataclasses import dataclass

from proxyapp.sandbox.answer import Answer
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.refusal import Refusal

HeaderList = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Dialect:
    """One protocol: how it reads requests and writes answers.

    ``read(body, model)`` and ``read_count(body, model)`` raise Refusal; ``model`` overrides the
    body's where it is not empty. ``chunks(prompt, answer, count)`` gives ``[opening, *content,
    closing]``. ``error(refusal, headers)`` is an error body that goes out with these headers,
    ``stream_error(prompt, sent)`` the error event after what was sent.
    ``credential(headers, key)`` picks the credential out of the provider's own carriers.
    """

    name: str
    read: Callable[[bytes, str], Prompt]
    read_count: Callable[[bytes, str], Prompt]
    whole: Callable[[Prompt, Answer], bytes]
    chunks: Callable[[Prompt, Answer, int], list[bytes]]
    count: Callable[[int], bytes]
    error: Callable[[Refusal, HeaderList], bytes]
    stream_error: Callable[[Prompt, list[bytes]], bytes]
    models: Callable[[], bytes]
    model: Callable[[str], bytes]
    credential: Callable[[dict[str, str], str], str]
    headers: Callable[[], HeaderList]
    json_type: bytes = b"application/json"


def bearer(headers: dict[str, str]) -> str:
    """The token of ``Authorization: Bearer``, or an empty string."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
