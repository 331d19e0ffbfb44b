"""A task that has been understood."""

from collections.abc import Callable

import msgspec

from proxyapp.sandbox.script import Script
from proxyapp.sandbox.tally import Counts

JSON = b"application/json"


class Job(msgspec.Struct):
    """``whole(claimed)`` writes the answer, ``chunks(claimed, count)`` its stream as ``[opening, *content,
    closing]``; either claims these counters, or none.
    """

    model: str
    counts: Counts
    whole: Callable[[Counts | None], bytes]
    chunks: Callable[[Counts | None, int], list[bytes]] | None = None
    kind: bytes = JSON
    stream_kind: bytes = b"text/event-stream; charset=utf-8"

    def counted(self, script: Script) -> Counts:
        """What it is billed as, with the script's totals in place of the true ones."""
        if script.usage is None:
            return self.counts
        return msgspec.structs.replace(self.counts, input=script.usage[0], output=script.usage[1])


Reader = Callable[[bytes, str, str], Job]
"""From a body, its content type and the model of the path, if that names one. Raises Refusal."""
