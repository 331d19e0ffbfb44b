"""How a provider is reached."""

from typing import NamedTuple


class Road(NamedTuple):
    """What may share a lane. Never printed: it holds the password of a proxy.

    `proxy` is ``http://`` or ``socks5://``, with user name and password where it wants them. `http2` is to
    hope for it, not to insist. `authority` is PEM: the certificates believed in place of the system's.
    """

    proxy: str = ""
    http2: bool = False
    authority: str = ""

    def __repr__(self) -> str:
        return f"<Road, proxy={bool(self.proxy)}, http2={self.http2}, authority={bool(self.authority)}>"


DIRECT = Road()
"""To the provider's address, over HTTP/1.1, believing whom the system believes."""
