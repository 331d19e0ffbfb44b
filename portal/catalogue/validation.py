"""What may be stored about a provider: rules that pages, files and services share."""

import re
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from proxyapp.upstream.engine import Proxy

LONGEST_BASE_URL = 300
LONGEST_PROXY = 1_000
LONGEST_CA_BUNDLE = 65_536
_LONGEST_LOGIN = 255  # bytes: what SOCKS has room for (RFC 1929)
_PROXY_HOST = re.compile(r"[0-9A-Za-z._\-]{1,253}|[0-9A-Fa-f.:]{2,45}")


def checked_base_url(text: str) -> str:
    """`text` as it is stored, without trailing slashes; ValueError says what is wrong with it."""
    url = text.strip().rstrip("/")
    if len(url) > LONGEST_BASE_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"must be at most {LONGEST_BASE_URL} ASCII characters without spaces")
    parts = _parts(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
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


def checked_proxy(text: str) -> str:
    """`text` as it is sealed; ValueError, without repeating it, where it is not the address of a proxy."""
    url = text.strip().rstrip("/")
    if len(url) > LONGEST_PROXY or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"must be at most {LONGEST_PROXY} ASCII characters without spaces")
    if not url.startswith(("http://", "socks5://")):
        raise ValueError("must begin with http:// or socks5://, also for providers with https addresses")
    if url.count("/") > 2 or url.count("@") > 1 or "?" in url or "#" in url:
        raise ValueError("must end with host and port; in a password write / ? # @ as %2F %3F %23 %40")
    try:
        Proxy(url)
        parts = _parts(url)
    except ValueError:
        raise ValueError("must be like http://user:password@proxy.example.com:3128") from None
    if not _PROXY_HOST.fullmatch(parts.hostname or "") or parts.port == 0:
        raise ValueError("must name a host and, where it is not the usual one, a port")
    if any(len(unquote_to_bytes(word or "")) > _LONGEST_LOGIN for word in (parts.username, parts.password)):
        raise ValueError(f"must not have a user name or password of more than {_LONGEST_LOGIN} characters")
    return url


def shown_proxy(url: str) -> str:
    """A checked proxy without its user name and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def checked_ca_bundle(text: str) -> str:
    """The certificates of `text` as they are stored, without what lies between; ValueError for none."""
    if "PRIVATE KEY" in text:
        raise ValueError("must hold certificates only, and no private key")
    if len(text) > LONGEST_CA_BUNDLE:
        raise ValueError(f"must be at most {LONGEST_CA_BUNDLE} characters")
    try:
        certificates = x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("must hold certificates in PEM, each from BEGIN to END CERTIFICATE") from None
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in certificates)


def _parts(url: str) -> SplitResult:
    """Whose port can be read, too."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError("is not a URL") from None
    return parts
