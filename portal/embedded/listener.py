"""The public port, bound once by the supervisor and inherited by every web worker."""

import errno
import ipaddress
import socket

from portal.embedded.refusal import Refused

BACKLOG = 4096


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Connections wait in it while workers restart."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server((str(address[0]), port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Refused(_explanation(host, port, error)) from error


def _explanation(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program. Choose another port,\n"
            f"for example --port {port + 1 if port < 65535 else 8000}, or --port 0 for any free one."
        )
    return f"Cannot listen on {host} port {port}: {error.strerror or error}. Choose with --host and --port."


def local_url(listener: socket.socket) -> str:
    """The address under which this machine itself reaches the socket."""
    host, port = listener.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://{address}:{port}" if address.version == 4 else f"http://[{address}]:{port}"


def is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine reaches the socket."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def free_port() -> int:
    """A loopback port that was free a moment ago, for a process that binds its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
