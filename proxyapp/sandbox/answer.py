"""Composing the answer: a pure function of the prompt and the script."""

import re

import msgspec

from proxyapp.sandbox.prompt import Prompt, Tool
from proxyapp.sandbox.schema import example
from proxyapp.sandbox.script import Script
from proxyapp.sandbox.tally import TEXT_BYTES_PER_TOKEN, Counts, bill, tokens

_SPACE = re.compile(r"\s+")
_ORDER = re.compile(r"\bcall ([\w.:-]+) (\{.*\}|`[^`]*`)", re.DOTALL)
_GIST = 120
_TOOLBOX = 4
"""More tools than these are an agent's: no call is made up from them."""
_FILLER = "The quick brown fox jumps over the lazy dog while the meter keeps counting. "
_UNLIMITED = 1 << 62
BAD_USAGE = Counts(input=-7, output=10**15)


class Call(msgspec.Struct, frozen=True):
    """A tool call; ``arguments`` is compact JSON, or free text for a custom tool."""

    name: str
    arguments: str
    custom: bool = False


class Answer(msgspec.Struct, frozen=True):
    """What the model says. ``counts`` is true, ``claimed`` is what the answer reports (None: no usage)."""

    thinking: str | None
    text: str
    call: Call | None
    short: bool
    """The limit ended the answer."""
    counts: Counts
    claimed: Counts | None


def compose(prompt: Prompt, script: Script) -> Answer:
    """Decide thinking, text or tool call, cap them by the request's limit and count them."""
    room = _UNLIMITED if prompt.limit is None else prompt.limit
    thinking = None if script.empty else _thinking(prompt, script)
    wanted = tokens((thinking or "").encode())
    reasoning = min(wanted, room)
    call, text = (None, "") if script.empty else _content(prompt, script)
    spoken = tokens((call.name + call.arguments if call else text).encode())
    short = wanted + spoken > room
    output = min(reasoning + spoken, room)
    if short:
        call, text = None, "" if call else _clip(text, room - reasoning)
        thinking = None if thinking is None else _clip(thinking, reasoning)
    counts = _counts(prompt, script, output, reasoning)
    return Answer(thinking, text, call, short, counts, claim(counts, script))


def _counts(prompt: Prompt, script: Script, output: int, reasoning: int) -> Counts:
    total = prompt.tally.total
    if script.usage is not None:
        total, output = script.usage
        reasoning = min(reasoning, output)
    return bill(total, prompt.tally.marked, prompt.tally.marked_1h, script.cached, output, reasoning)


def claim(counts: Counts, script: Script) -> Counts | None:
    """What an answer with these counters says of them."""
    if script.nousage:
        return None
    return BAD_USAGE if script.badusage else counts


def _thinking(prompt: Prompt, script: Script) -> str | None:
    if script.thinking is not None:
        return filler(script.thinking) or None
    if prompt.thinks:
        return f'The user wrote: "{gist(prompt.said)}". A short and friendly answer will do.'
    return None


def _content(prompt: Prompt, script: Script) -> tuple[Call | None, str]:
    call = _wanted_call(prompt, script)
    if call is not None:
        return call, ""
    if script.output is not None:
        return None, filler(script.output)
    if prompt.schema is not None:
        return None, msgspec.json.encode(example(prompt.schema)).decode()
    if prompt.result is not None:
        return None, f'The tool answered: "{gist(prompt.result)}". This is Tollgate\'s sandbox speaking.'
    said = gist(prompt.said)
    return None, f'You said: "{said}". This is Tollgate\'s sandbox speaking; no model was asked.'


def _wanted_call(prompt: Prompt, script: Script) -> Call | None:
    if not prompt.tools or script.text:
        return None
    wanted = prompt.may_call and prompt.result is None and script.output is None
    if not (wanted or script.tool):
        return None
    must = prompt.must_call or script.tool
    return _ordered(prompt) or (_made_up(prompt) if must or len(prompt.tools) <= _TOOLBOX else None)


def _made_up(prompt: Prompt) -> Call:
    named = [tool for tool in prompt.tools if tool.name == prompt.forced]
    return _call((named or prompt.tools)[0])


def _ordered(prompt: Prompt) -> Call | None:
    """The call that the user's words ask for, where such a tool is offered and can read its arguments."""
    orders = [order for order in map(_ORDER.search, prompt.words) if order]
    if not orders:
        return None
    name, arguments = orders[-1].groups()
    tool = next((tool for tool in prompt.tools if tool.name == name), None)
    if tool is not None and tool.custom:
        return Call(name, arguments.strip("`"), custom=True)
    return Call(name, arguments) if tool is not None and _is_object(arguments) else None


def _is_object(text: str) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except msgspec.DecodeError:
        return False


def _call(tool: Tool) -> Call:
    if tool.custom:
        return Call(tool.name, "sandbox", custom=True)
    return Call(tool.name, msgspec.json.encode(example(tool.schema)).decode())


def gist(text: str) -> str:
    """One line of at most 120 characters."""
    line = _SPACE.sub(" ", text[: 4 * _GIST]).strip()
    return line if len(line) <= _GIST else line[: _GIST - 1] + "…"


def filler(count: int) -> str:
    """A text of exactly ``count`` tokens."""
    size = count * TEXT_BYTES_PER_TOKEN
    return (_FILLER * (size // len(_FILLER) + 1))[:size]


def _clip(text: str, count: int) -> str:
    """The beginning of ``text`` that fits in ``count`` tokens."""
    return text.encode()[: count * TEXT_BYTES_PER_TOKEN].decode(errors="ignore")
