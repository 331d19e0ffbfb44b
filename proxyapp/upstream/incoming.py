"""An answer as its bytes come in: head, framing, body. No sockets and no waiting here.

httptools calls the ``on_`` methods from within `parse`. It is strict about framing (a length beside chunks,
two lengths, folded or broken lines are refused); what it leaves open is settled here: interim answers, bodies
that end with the connection, sizes, and headers that belong to the connection.
"""

import httptools

HEAD = 64 * 1024  # bytes of head, and of whatever else is not body, in a row
FIELDS = 256  # header fields
_PIECE = (
    64  # what a piece of body costs beside its bytes, so that a flood of tiny chunks counts for what it takes
)

# What belongs to the connection, not to the answer (RFC 9110, 7.6.1), and the length.
_NOTED = frozenset(
    (
        b"connection",
        b"content-length",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)


class Incoming:
    """State of one answer. Lives as long as it, so nothing of one answer can colour the next."""

    __slots__ = (
        "_bodiless",
        "_claimed",
        "_framed",
        "_interim",
        "_parser",
        "_plain",
        "chunks",
        "complete",
        "faulty",
        "headers",
        "reusable",
        "status",
        "unread",
    )

    def __init__(self, method: bytes) -> None:
        self.status = 0  # until the head is complete
        self.headers: list[tuple[bytes, bytes]] = []
        self.chunks: list[bytes] = []
        self.unread = 0  # bytes in `chunks`, with an allowance for each piece
        self.complete = False
        self.faulty = False  # what came is not an answer
        self.reusable = False  # the connection could carry another request after it
        self._parser = httptools.HttpResponseParser(self)
        self._plain = 0  # bytes since the last piece of body
        self._bodiless = method == b"HEAD"
        self._framed = False  # length or chunks tell where the body ends; else the end of the connection does
        self._interim = False  # inside a 1xx answer
        self._claimed: tuple[bytes, ...] = ()  # headers that the connection header claims for itself

    def parse(self, data: bytes) -> None:
        """Take in what arrived; look at the attributes afterwards."""
        self._plain += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._spoil()
        if self._plain > HEAD:
            self._spoil()

    def end(self) -> bool:
        """The connection ended in good order: whether that is also the end of the answer."""
        if self.status and not self._framed:
            self.complete = True
        return self.complete

    def take(self) -> bytes:
        """All of the body that is here and was not taken yet."""
        chunks = self.chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        self.unread = 0
        return data

    def discard(self) -> None:
        """Nobody reads on. The parser holds our bound methods: a cycle that would wait for the collector."""
        self.chunks.clear()
        del self._parser

    def on_message_begin(self) -> None:
        if self.complete:
            self.reusable = False  # bytes that no request asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:
            return  # a trailer: the head has long gone on
        name = name.lower()
        if name in _NOTED:
            self._note(name, value)
        else:
            self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.complete:
            self._spoil()
        elif status < 200:
            self._begin_interim(status)
        elif self.faulty or len(self.headers) > FIELDS or (self._plain > HEAD and self._head_size() > HEAD):
            self._spoil()
        else:
            self._begin(status)

    def on_body(self, data: bytes) -> None:
        if self.complete or self._interim or not self.status:
            self._spoil()
            return
        self._plain = 0
        self.chunks.append(data)
        self.unread += len(data) + _PIECE

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
        elif not self.faulty:
            self.complete = True

    def _note(self, name: bytes, value: bytes) -> None:
        """Keep what a header means for this answer; of these only the length is passed on."""
        if name == b"content-length":
            self._framed = True
            self.headers.append((name, value))
        elif name == b"connection":
            tokens = [token.strip() for token in value.lower().split(b",")]
            self._claimed += tuple(token for token in tokens if token not in (b"close", b"keep-alive"))
        elif name == b"transfer-encoding":
            if value.lower() != b"chunked":
                self._spoil()  # a coding nobody asked for; passed on it would be noise
            self._framed = True

    def _begin(self, status: int) -> None:
        if self._claimed:
            self.headers = [field for field in self.headers if field[0] not in self._claimed]
        self.status = status
        self.reusable = self._parser.should_keep_alive()
        self.complete = self._bodiless or status in (204, 304)

    def _begin_interim(self, status: int) -> None:
        if status < 100 or status == 101:
            self._spoil()
        self._interim = True
        self._framed = False
        self.headers.clear()
        self._claimed = ()

    def _head_size(self) -> int:
        return sum(len(name) + len(value) for name, value in self.headers)

    def _spoil(self) -> None:
        """The bytes make no sense. After the end that only costs the connection."""
        self.reusable = False
        if not self.complete:
            self.faulty = True
