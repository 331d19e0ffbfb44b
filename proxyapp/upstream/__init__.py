"""The road to the providers: one seam (`lane`), and two lanes behind it, which `lanes` keeps.

``request`` says a request in bytes, ``resolve`` and ``addresses`` decide where it may go, ``dial`` opens a
connection, ``deadlines`` watches the clock. The fast lane: ``pool`` keeps a connection, ``connection`` owns
the socket, ``exchange`` reads the answer (``incoming``), and ``fast`` puts them together. The general lane:
``duplex`` owns the socket, ``engine`` harnesses httpx, ``multiplex`` and ``flow`` are HTTP/2, ``heads``
translates, ``progress`` and ``passage`` are a call on its way, ``fleet`` the engines of one origin, and
``general`` puts them together.
"""

from proxyapp.upstream.fast import FastLane
from proxyapp.upstream.lane import Answer, Kind, Lane, Outgoing, Timeouts, UpstreamError
from proxyapp.upstream.lanes import Lanes

__all__ = [
    "Answer",
    "FastLane",
    "Kind",
    "Lane",
    "Lanes",
    "Outgoing",
    "Timeouts",
    "UpstreamError",
]
