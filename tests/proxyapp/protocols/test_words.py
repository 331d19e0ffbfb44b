"""What providers say in their errors, made fit to pass on."""

import pytest

from proxyapp.protocols.words import LONGEST, clean, failure_words, refusal_words


def test_it_works() -> None:
    body = b'{"error":{"message":"max_tokens is too large: 5 > 4","type":"invalid_request_error"}}'
    assert refusal_words(body) == "max_tokens is too large: 5 > 4"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            b'{"type":"error","error":{"type":"x","message":"prompt is too long"},"request_id":"r"}',
            "prompt is too long",
        ),
        (b'[{"error":{"code":400,"message":"bad","status":"INVALID_ARGUMENT"}}]', "bad"),
        (b'{"error":"plain text"}', "plain text"),
        (b'{"message":"m"}', "m"),
        (b'{"detail":"d"}', "d"),
        (b'{"detail":[{"loc":["body"],"msg":"field required"}]}', "field required"),
        (b'{"error":{"message":""},"message":"outer"}', ""),
        (b"{}", ""),
        (b"[]", ""),
        (b"5", ""),
        (b"", ""),
        (b"<html>502</html>", ""),
        (b'{"error":{"message":{"message":{"message":"deep"}}}}', "deep"),
        (b"[" * 5000, ""),
        (b'{"error":{"message":7}}', ""),
        (b'"\xff"', ""),
    ],
)
def test_every_shape(body: bytes, words: str) -> None:
    assert refusal_words(body) == words


def test_what_is_long_is_cut() -> None:
    assert len(refusal_words(b'{"message":"' + b"x" * 5000 + b'"}')) == LONGEST


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-abcdefghijk",
        "sk-ant-api03-xyz_123456",
        "org-AbC123dEf456",
        "AIzaSyD-1234567890abcdef",
        "https://api.example.test/v1/chat?key=1",
        "http://10.0.0.1:8000/v1",
        "platform.openai.com/account/api-keys",
        "Bearer abcdef",
        "sk-********abcd",
    ],
)
def test_keys_accounts_and_addresses_are_not_passed_on(secret: str) -> None:
    assert secret not in clean(f"Refused: {secret} is wrong.")
    assert clean(f"Refused: {secret} is wrong.").startswith("Refused: [")


@pytest.mark.parametrize(
    "message", ["'key_length' must be positive", "max_tokens: 9 > 8.192", "messages.0.content"]
)
def test_names_of_fields_are_left(message: str) -> None:
    assert clean(message) == message


def test_a_failure_always_has_words() -> None:
    assert failure_words({"message": "Overloaded"}) == "Overloaded"
    assert failure_words(None) != ""
    assert failure_words({"code": 5}) != ""


@pytest.mark.parametrize("word", ["a.", "a-", "key-", "sk-", "Bearer "])
def test_a_text_of_any_length_is_made_fit_at_once(word: str) -> None:
    """Providers quote what the client has sent, so this may be megabytes that are chosen to take hours."""
    assert len(clean(word * 1_000_000)) <= LONGEST
