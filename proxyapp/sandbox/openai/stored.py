"""Stored responses: what can be asked of them, and the compaction of a conversation."""

import secrets
import time
from typing import Any

import msgspec

from proxyapp.sandbox.answer import Answer
from proxyapp.sandbox.archive import Archive, Kept
from proxyapp.sandbox.chunks import encode
from proxyapp.sandbox.openai.responses_reply import SEALED, usage
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.refusal import Refusal


def ask(archive: Archive, credential: str, method: str, rest: str) -> bytes:
    """The answer to ``method /v1/responses/{rest}``."""
    response_id, _, what = rest.partition("/")
    kept = archive.find(credential, response_id)
    if kept is None:
        raise Refusal(404, f"Response with id '{response_id}' not found.", code="response_not_found")
    match method, what:
        case "GET", "":
            return kept.document
        case "GET", "input_items":
            found = {"object": "list", "data": msgspec.Raw(kept.items), "has_more": False}
            return encode({**found, "first_id": None, "last_id": None})
        case "DELETE", "":
            archive.delete(credential, response_id)
            return encode({"id": response_id, "object": "response", "deleted": True})
        case "POST", "cancel":
            raise Refusal(400, "Cannot cancel a synchronous response.", code="invalid_request")
    raise Refusal(405, f"{method} is not allowed here.")


def resume(archive: Archive, credential: str, prompt: Prompt) -> None:
    """Add what the prompt goes on from to its input."""
    if prompt.previous:
        kept = archive.find(credential, prompt.previous)
        if kept is None:
            raise Refusal(
                400,
                f"Previous response with id '{prompt.previous}' not found.",
                param="previous_response_id",
                code="previous_response_not_found",
            )
        prompt.tally.prior = kept.tokens


def keep(archive: Archive, credential: str, prompt: Prompt, answer: Answer, document: bytes) -> None:
    """Keep the answer."""
    archive.keep(credential, prompt.answer_id, Kept(document, prompt.items, answer.counts.total))


def compacted(prompt: Prompt, answer: Answer) -> bytes:
    """A conversation in one sealed item; the tokens are those of the answer that a request would get."""
    item: dict[str, Any] = {"id": f"cmp_{secrets.token_hex(12)}", "type": "compaction"}
    return encode(
        {
            "id": prompt.answer_id,
            "object": "response.compaction",
            "created_at": int(time.time()),
            "output": [{**item, "encrypted_content": SEALED}],
            "usage": None if answer.claimed is None else usage(answer.claimed),
        }
    )
