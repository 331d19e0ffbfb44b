"""An HTTP/2 connection's state on h2: settings, windows, streams given up, the provider's leave."""

from contextlib import suppress

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import Event, StreamReset
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings
from hyperframe.frame import Frame, GoAwayFrame

from proxyapp.upstream.exchange import UNREAD
from proxyapp.upstream.incoming import HEAD

WINDOW = 1 << 24  # bytes under way on one connection


class Flow(H2Connection):
    """A connection's state, from the first bytes it has to send."""

    def __init__(self) -> None:
        # Each head is looked at by itself; for h2 a bad one would be the end of the whole connection.
        super().__init__(H2Configuration(validate_inbound_headers=False))
        self.leaving = False  # the provider takes no new streams
        self.local_settings = Settings(
            client=True,
            initial_values={
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.INITIAL_WINDOW_SIZE: UNREAD,
                SettingCodes.MAX_HEADER_LIST_SIZE: HEAD,
            },
        )
        del self.local_settings[SettingCodes.ENABLE_CONNECT_PROTOCOL]  # none of a client's business
        self.max_inbound_frame_size = self.local_settings.max_frame_size  # h2 would believe in 16 MiB
        self.initiate_connection()
        self.refill()

    def take(self, data: bytes) -> list[Event]:
        """What the bytes tell. h2 looks at how long a frame may be only when all of it is there."""
        events = self.receive_data(data)
        if int.from_bytes(self.incoming_buffer._data[:3], "big") > self.max_inbound_frame_size:
            raise ProtocolError
        return events

    def refill(self) -> None:
        """Open the connection's window again, whether or not the bytes were read: each stream has its own,
        and nobody shall wait for another's reader.
        """
        used = WINDOW - self.inbound_flow_control_window
        if used > WINDOW // 2:
            self.increment_flow_control_window(used)

    def abandon(self, number: int) -> None:
        """Reset a stream unless it is over on both sides."""
        stream = self.streams.get(number)
        if stream is not None and not stream.closed:
            with suppress(ProtocolError):  # the connection itself is over
                self.reset_stream(number, ErrorCodes.CANCEL)

    def _receive_goaway_frame(self, frame: GoAwayFrame) -> tuple[list[Frame], list[Event]]:
        """The provider will end the connection, but not before the answers it has begun; h2 would close at
        once. To the streams it has not looked at it comes as a refusal.
        """
        self.leaving = True
        return [], [
            StreamReset(stream_id=number, error_code=ErrorCodes.REFUSED_STREAM)
            for number, stream in self.streams.items()
            if number > frame.last_stream_id and not stream.closed
        ]
