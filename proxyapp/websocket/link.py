"""What a conversation and the connection that carries it tell each other, where the connection is ours."""

from collections.abc import Callable

STATE = "tollgate.link"
"""Under which name it is found in the `state` of a scope."""


class Link:
    """`busy`: shaking hands, or answering. `retired`: no further response is to begin.

    `weigh` is told how many bytes of messages, whole or not, lie there that the conversation has not taken;
    it raises GatewayError where there is no room for them.
    """

    __slots__ = ("busy", "retired", "weigh")

    def __init__(self) -> None:
        self.busy = True
        self.retired = False
        self.weigh: Callable[[int], None] = weightless


def weightless(size: int) -> None:
    """Nobody keeps anything of it."""
