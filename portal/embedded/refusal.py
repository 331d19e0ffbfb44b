"""The one exception whose text is meant for the person at the console."""


class Refused(Exception):
    """Tollgate cannot go on, and the message says what to do about it; shown without a traceback."""
