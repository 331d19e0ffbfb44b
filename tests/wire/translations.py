"""What becomes of the transcripts in the other protocols: golden files, to be read by people.

Beside each transcript lies `as_<protocol>.txt`: its question as that protocol's provider would be asked, what
is lost, and its answer as that protocol's client would get it. `python -m tests.wire.translations` writes
them anew, for looking at the differences.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.bridge import TRANSLATORS
from proxyapp.protocols.canonical import Question
from proxyapp.protocols.carrying import once
from proxyapp.protocols.translator import Frame
from tests.wire.transcripts import CODECS, TRANSCRIPTS, Transcript

CASES = ("plain", "stream", "tools", "thinking", "reasoning", "cache", "incomplete")
_CALL_ID = "0190163d8694739b839e62d0e8a1b2c3"
_CREATED = 1_764_000_000
_CEILING = 4_096


def goldens() -> Iterator[tuple[Transcript, ProtocolName]]:
    """Every transcript that has them, with every other protocol."""
    for transcript in TRANSCRIPTS:
        if transcript.answer_path.parent.name in CASES:
            yield from (
                (transcript, codec.name) for codec in CODECS.values() if codec is not transcript.codec
            )


def path_of(transcript: Transcript, there: ProtocolName) -> Path:
    return transcript.answer_path.with_name(f"as_{there}.txt")


def translated(transcript: Transcript, there: ProtocolName) -> bytes:
    """The content of the golden file."""
    call = transcript.call()
    own, other = TRANSLATORS[transcript.codec.name], TRANSLATORS[there]
    question = own.read_question(call.body, call.model, stream=call.stream)
    written = other.write_question(question, "upstream-model", call.max_output or _CEILING)
    lost = ", ".join(once([*question.losses, *written.losses])) or "nothing"
    asked = msgspec.json.format(written.body, indent=1)
    return b"lost: %b\n\n%b\n\n%b\n" % (lost.encode(), asked, answered(transcript, there, question))


def answered(transcript: Transcript, there: ProtocolName, question: Question, size: int = 1 << 30) -> bytes:
    """The transcript's answer as a client of the other protocol gets it, read in pieces of a size."""
    own, other = TRANSLATORS[transcript.codec.name], TRANSLATORS[there]
    settings = msgspec.structs.replace(question, system=[], turns=[])
    frame = Frame(_CALL_ID, question.model, _CREATED, settings)
    if not transcript.is_sse:
        return other.write_answer(own.read_answer(transcript.answer), frame)
    reader, writer = own.read_stream(), other.write_stream(frame)
    data = transcript.answer
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    told = b"".join([writer.write(reader.feed(piece)) for piece in pieces])
    return told + writer.write(reader.end())


if __name__ == "__main__":
    for case, protocol in goldens():
        path_of(case, protocol).write_bytes(translated(case, protocol))
