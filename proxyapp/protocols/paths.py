"""Addresses as people write them, folded into what they mean.

Base URLs are the most common mistake: a version too many or none, another protocol's base, the whole endpoint
where only its base is wanted. A path is read as a row of words: those of bases, and known endpoints. The last
endpoint is what is meant.
"""

from collections.abc import Collection

import msgspec

BASES = {"v1": "", "v1beta": "gemini", "openai": "openai", "anthropic": "anthropic", "gemini": "gemini"}
"""The words that bases are made of, and whose they are, where that is beyond doubt."""

MODELS = "/models"
"""The endpoint that goes on with the name of a model, which is anybody's words and left as it is."""

_MOST_WORDS = 3  # of an endpoint


class Meant(msgspec.Struct, frozen=True):
    """What a path means: `endpoint` (empty: it is a base alone), and what follows `/models`, byte for byte.

    `family` is the last base that says whose it is; `bare` where there is no base at all.
    """

    family: str
    endpoint: str
    rest: str
    bare: bool


def fold(path: str, known: Collection[str], verbs: Collection[str] = ()) -> Meant | None:
    """What the path means; None where it has a word that is neither a base's nor one of a `known` endpoint.

    Slashes too many and upper case are forgiven. `verbs` are asked of a model behind a colon. Behind an
    endpoint with a base behind it, which was taken for a base, another one must follow.
    """
    family, endpoint, bare, again = "", "", True, False
    words, ends = _words(path)
    at = 0
    while at < len(words):
        word = words[at]
        if word in BASES:
            family, bare = BASES[word] or family, bare and bool(at)
            again, endpoint = again or bool(endpoint), ""
            at += 1
            continue
        taken = _endpoint_at(words, at, known)
        if not taken:
            return None
        endpoint = "/" + "/".join(words[at : at + taken])
        if endpoint == MODELS:
            rest = path[ends[at] :].strip("/")
            return _behind_verb(rest, known, verbs) or Meant(family, endpoint, rest, bare)
        at += taken
    return Meant(family, endpoint, "", bare) if endpoint or (words and not again) else None


def _behind_verb(rest: str, known: Collection[str], verbs: Collection[str]) -> Meant | None:
    """The same for an endpoint with a model in it: `{model}:{verb}/v1beta/models/{model}:{verb}`."""
    for verb in verbs:
        _, found, tail = rest.rpartition(f":{verb}/")
        if found and (meant := fold(tail, known, verbs)) and meant.endpoint:
            return msgspec.structs.replace(meant, bare=False)
    return None


def _words(path: str) -> tuple[list[str], list[int]]:
    """The words between slashes in lower case, and where in the path each ends."""
    words, ends, position = [], [], 0
    for word in path.split("/"):
        position += len(word)
        if word:
            words.append(word.lower())
            ends.append(position)
        position += 1
    return words, ends


def _endpoint_at(words: list[str], at: int, known: Collection[str]) -> int:
    """How many words of a known endpoint begin here, the longest first; 0 for none."""
    for count in range(_MOST_WORDS, 0, -1):
        if "/" + "/".join(words[at : at + count]) in known and at + count <= len(words):
            return count
    return 0
