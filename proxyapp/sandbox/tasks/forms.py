"""Forms with files, as far as clients send them."""

import re

from proxyapp.sandbox.refusal import Refusal, absent, invalid

Form = dict[str, list[bytes]]
_NAME = re.compile(rb'content-disposition:[^\r\n]*?[; ]name="([^"]*)"', re.IGNORECASE)


def read(body: bytes, content_type: str) -> Form:
    """The values by name, in their order."""
    boundary = content_type.partition("boundary=")[2].split(";")[0].strip().strip('"')
    if not content_type.startswith("multipart/form-data") or not boundary:
        raise Refusal(400, "A multipart/form-data body with a boundary is expected.")
    form: Form = {}
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]:
        head, _, value = piece.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            form.setdefault(name[1].decode(errors="replace"), []).append(value)
    return form


def text(form: Form, name: str, default: str | None = None) -> str:
    """The last value of a field."""
    if name in form:
        return form[name][-1].decode(errors="replace")
    if default is None:
        raise absent(name)
    return default


def whole(form: Form, name: str, default: int) -> int:
    """The last value of a field, as a number."""
    value = text(form, name, str(default))
    if not value.isdecimal():
        raise invalid(name, "must be a whole number")
    return int(value)
