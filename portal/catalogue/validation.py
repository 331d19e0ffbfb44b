"""What may be stored about a provider: rules that pages, files and services share."""

from urllib.parse import urlsplit

LONGEST_BASE_URL = 300


def checked_base_url(text: str) -> str:
    """`text` as it is stored, without trailing slashes; ValueError says what is wrong with it."""
    url = text.strip().rstrip("/")
    if len(url) > LONGEST_BASE_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"must be at most {LONGEST_BASE_URL} ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("must be a URL such as https://api.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password: store the secret as a credential")
    if parts.query or parts.fragment:
        raise ValueError("must not have a query or fragment")
    return url


def checked_secret(text: str) -> str:
    """`text` as it is sealed; ValueError, without repeating it, where it cannot travel in an HTTP header."""
    secret = text.strip()
    if not secret:
        raise ValueError("must not be empty")
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ValueError("must be printable ASCII without spaces")
    return secret
