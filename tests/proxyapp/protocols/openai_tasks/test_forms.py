"""Forms with files: what two readers might take for two different things is refused."""

import pytest

from proxyapp.errors import InvalidRequest
from proxyapp.protocols.openai_tasks.form import MOST_PARTS, Form, read_form

KIND = "multipart/form-data; boundary=b"


def field(name: str, value: str, more: str = "") -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'.encode()


def form(*fields: bytes, kind: str = KIND) -> Form:
    return read_form(b"".join(fields) + b"--b--\r\n", kind)


def test_it_works() -> None:
    body = field("model", "m") + field("file", "any\r\n\r\n-b\r\n--", '; filename="a.wav"') + b"--b--"
    found = read_form(body, KIND)
    file = found.one("file")
    assert file is not None
    assert found.text("model") == "m"
    assert found.value(file) == b"any\r\n\r\n-b\r\n--"


def test_an_empty_value_and_an_empty_form() -> None:
    assert form(field("x", "")).text("x") == ""
    assert form().text("x") is None


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=b",
        'Multipart/Form-Data; charset=utf-8; boundary="b"',
        "multipart/form-data;BOUNDARY=b;charset=utf-8",
        "multipart/form-data; boundary=b;",
    ],
)
def test_content_types(kind: str) -> None:
    assert form(field("x", "1"), kind=kind).text("x") == "1"


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=b; boundary=c",
        "multipart/mixed; boundary=b",
        "multipart/form-data; boundary=other",
        "multipart/form-data; boundary=b!c",
        "multipart/form-data; boundary=b/c",
        "multipart/form-data; boundary=b c",
        'multipart/form-data; x="; boundary=b"',
        "multipart/form-data; x=boundary=b",
        "multipart/form-data; boundary=b; boundary*=utf-8''c",
    ],
)
def test_other_content_types_are_refused(kind: str) -> None:
    with pytest.raises(InvalidRequest):
        form(field("x", "1"), kind=kind)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b",
        b"preamble\r\n" + field("x", "1") + b"--b--",
        field("x", "1"),
        field("x", "1") + b"--b--epilogue",
        field("x", "1").replace(b"\r\n", b"\n") + b"--b--",
        field("x", "1") + b"--b \r\n" + field("y", "1")[5:] + b"--b--",
        field("x", "1\r\n--bc") + b"--b--",
        field("x", '--b\r\nContent-Disposition: form-data; name="y"\r\n\r\n1') + b"--b--",
        field("x", '1\n--b\r\nContent-Disposition: form-data; name="y"\r\n\r\n1') + b"--b--",
        b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",
        b'--b\r\nContent-Disposition: attachment; name="x"\r\n\r\n1\r\n--b--',
        b"--b\r\n\r\n1\r\n--b--",
        field("x", "1", '; name="y"') + b"--b--",
        field("x", "1", "; name*=utf-8''y") + b"--b--",
        field("x", "1", '; filename="a\\"; name=\\"y"') + b"--b--",
        field("x", "1", '\r\nContent-Disposition: form-data; name="y"') + b"--b--",
        field("x", "1", "\r\nContent-Transfer-Encoding: base64") + b"--b--",
        field("x", "1", "\r\n folded") + b"--b--",
        field("", "1") + b"--b--",
        field("x", "1") * (MOST_PARTS + 1) + b"--b--",
        field("x" * 10_000, "1") + b"--b--",
    ],
)
def test_what_is_not_plain_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_form(body, KIND)
    assert caught.value.problem.code == "invalid_form"


def test_of_a_boundary_that_is_too_long_no_part_is_taken() -> None:
    long = "b" * 71
    body = field("x", "1").replace(b"--b", b"--" + b"b" * 70) + b"--" + b"b" * 70 + b"--"
    for boundary in (long, f'"{long}"'):
        with pytest.raises(InvalidRequest):
            read_form(body, f"multipart/form-data; boundary={boundary}")


def test_a_plain_transfer_encoding_is_none() -> None:
    assert form(field("x", "1", "\r\nContent-Transfer-Encoding: binary")).text("x") == "1"


def test_a_field_may_be_given_once() -> None:
    twice = form(field("model", "a"), field("model", "b"))
    with pytest.raises(InvalidRequest, match="'model' appears more than once"):
        twice.text("model")


@pytest.mark.parametrize("value", ["0", "11", "-1", "1.0", "1e1", " 1", "²", "x", ""])
def test_a_number_in_plain_digits(value: str) -> None:
    assert form(field("n", "7")).whole("n", 1, 10) == 7
    with pytest.raises(InvalidRequest, match="'n' must be"):
        form(field("n", value)).whole("n", 1, 10)


@pytest.mark.parametrize("value", ["True", "1", "yes", ""])
def test_a_flag_in_plain_words(value: str) -> None:
    assert form(field("stream", "true")).flag("stream")
    assert not form(field("stream", "false")).flag("stream")
    with pytest.raises(InvalidRequest, match="'stream' must be"):
        form(field("stream", value)).flag("stream")


def test_a_text_in_another_encoding_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="UTF-8"):
        read_form(field("x", "1").replace(b"1", b"\xff") + b"--b--", KIND).text("x")
