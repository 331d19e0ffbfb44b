"""Every transcript in every other protocol, as it was looked at and found right."""

import pytest

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.bridge import TRANSLATORS
from tests.wire.transcripts import CODECS, Transcript
from tests.wire.translations import answered, goldens, path_of, translated

GOLDENS = list(goldens())
IDS = [f"{transcript.name}-{there}" for transcript, there in GOLDENS]
each = pytest.mark.parametrize(("transcript", "there"), GOLDENS, ids=IDS)


def test_it_works() -> None:
    routes = {(transcript.codec.name, there) for transcript, there in GOLDENS}
    assert len(routes) == len(CODECS) * (len(CODECS) - 1)


@each
def test_as_it_was(transcript: Transcript, there: ProtocolName) -> None:
    assert translated(transcript, there) == path_of(transcript, there).read_bytes()


@each
@pytest.mark.parametrize("size", [1, 7, 250])
def test_in_any_pieces(transcript: Transcript, there: ProtocolName, size: int) -> None:
    """The pieces in which text arrives may differ from those in which it goes on: what is said may not."""
    call = transcript.call()
    translator = TRANSLATORS[transcript.codec.name]
    question = translator.read_question(call.body, call.model, stream=call.stream)
    whole = answered(transcript, there, question)
    assert answered(transcript, there, question, size) == whole
