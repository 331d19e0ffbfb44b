"""The public port."""

import pytest

from portal.embedded.listener import free_port, is_loopback, listen, local_url
from portal.embedded.refusal import Refused


def test_it_works() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert local_url(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_busy_port_is_refused_with_advice() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(Refused, match=f"Port {port} on 127.0.0.1 is in use(.|\n)*--port 0"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(Refused, match="--host"):
        listen("192.0.2.1", 0)


def test_every_interface_is_reached_over_loopback() -> None:
    with listen("0.0.0.0", 0) as listener:  # noqa: S104
        assert local_url(listener).startswith("http://127.0.0.1:")
        assert not is_loopback(listener)


def test_a_name_is_resolved() -> None:
    with listen("localhost", 0) as listener:
        assert is_loopback(listener)


def test_a_free_port_can_be_bound() -> None:
    with listen("127.0.0.1", free_port()):
        pass
