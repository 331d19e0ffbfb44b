"""The road to the providers: one seam (`lane`), and the fast lane behind it.

``request`` says a request in bytes, ``resolve`` and ``addresses`` decide where it may go, ``dial`` opens a
connection, ``pool`` keeps it, ``connection`` owns the socket, ``exchange`` reads the answer, ``deadlines``
watches the clock, and ``fast`` puts them together.
"""

from proxyapp.upstream.fast import FastLane
from proxyapp.upstream.lane import Answer, Kind, Lane, Outgoing, Timeouts, UpstreamError

__all__ = ["Answer", "FastLane", "Kind", "Lane", "Outgoing", "Timeouts", "UpstreamError"]
