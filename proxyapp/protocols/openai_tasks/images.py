"""`POST /v1/images/generations`, `/edits` and `/variations`: pictures, paid by the piece or by their tokens.

A picture has at most as many tokens as the model is offered with, since no request says how many it will
have; the operator sets that number as the price list of the provider has it.
"""

from typing import Any

from proxyapp.protocols.base import Call, Reading
from proxyapp.protocols.body import Members, read_body
from proxyapp.protocols.estimating import BYTES_PER_TOKEN, TOKENS_PER_MEDIUM
from proxyapp.protocols.model_name import read_model
from proxyapp.protocols.openai_tasks.answer import TaskDocument, TaskStream
from proxyapp.protocols.openai_tasks.codec import required
from proxyapp.protocols.openai_tasks.form import Form, complaint
from proxyapp.protocols.openai_tasks.form_codec import FormCodec
from proxyapp.protocols.references import objects

MOST_IMAGES = 10
TOKENS_PER_PICTURE = 20_000
"""Above what any provider counts for a picture that it is given."""

_PICTURES = ("image", "image[]", "mask")
_INLINE = "data:"


class ImagesCodec(FormCodec):
    """Generations come as JSON, variations as a form, edits as either."""

    def read(
        self, body: bytes, model: str | None, verb: str | None, query: str, content_type: str = ""
    ) -> Call:
        if self.path == "images/generations" or "json" in content_type:
            return self.read_json(read_body(body), body)
        return super().read(body, model, verb, query, content_type)

    def read_json(self, fields: Members, body: bytes) -> Call:
        model = read_model(fields)
        required(fields, "prompt")
        given, inline, unbounded = _pictures(body)
        text = len(body) - inline
        return self.call(
            body,
            model,
            unbounded=unbounded,
            **_asked(fields.whole("n", most=MOST_IMAGES), text, given),
            stream=fields.flag("stream"),
        )

    def read_form(self, form: Form, body: bytes) -> Call:
        pictures = form.all(_PICTURES)
        if not pictures:
            raise complaint("image", "is required: a picture to start from")
        asked = _asked(form.whole("n", 1, MOST_IMAGES), form.beside(pictures), len(pictures))
        return self.form_call(form, body, stream=form.flag("stream"), **asked)

    def watch(self, call: Call) -> Reading:
        return TaskStream(call.answers) if call.stream else TaskDocument()


def _asked(number: int | None, text: int, pictures: int) -> dict[str, Any]:
    """What bounds the bill: pictures wanted, bytes of text and pictures given."""
    number = number or 1
    return {
        "answers": number,
        "said": {"images": number},
        "bounds": {"input": -(-text // 2) + pictures * TOKENS_PER_PICTURE},
        "usual": {"input": -(-text // BYTES_PER_TOKEN) + pictures * TOKENS_PER_MEDIUM},
    }


def _pictures(body: bytes) -> tuple[int, int, str]:
    """How many pictures a JSON body gives, how many bytes of it they are, and the name of one that lies at
    the provider."""
    if not any(name in body for name in (b"image_url", b"file_id", b"\\u")):  # names may be escaped
        return 0, 0, ""
    number = inline = 0
    unbounded = ""
    for node in objects(body):
        url = node.get("image_url")
        if isinstance(url, str):
            number += 1
            inline += len(url) if url.startswith(_INLINE) else 0
        if isinstance(node.get("file_id"), str):
            unbounded = "file_id"
    return number, inline, unbounded
