"""Reads the guides as a person does: what is to be pasted, and into which file."""

import html
import re
from dataclasses import dataclass

_PIECE = re.compile(
    r'(?:<div class="snippet-place"[^>]*>([^<]*)</div>)?'
    r'<pre tabindex="0" id="snippet-([\w-]+)"[^>]*>([^<]*)</pre>'
)


@dataclass(frozen=True)
class Piece:
    """A text to copy; `place` is the file it belongs into, empty for a command."""

    place: str
    text: str


def pieces(page: str) -> dict[str, Piece]:
    """Everything that a guide offers for copying, by its name on the page."""
    found = _PIECE.findall(page)
    return {slug: Piece(html.unescape(place), html.unescape(text)) for place, slug, text in found}
