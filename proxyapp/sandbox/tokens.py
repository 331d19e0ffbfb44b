"""The sandbox's token function: what a request will be billed, known before it is sent.

It is a pure function of the request body, the upstream model name (with its script) and the
``x-sandbox-script`` header, and gives the same numbers in every protocol for equivalent requests.

**Input** tokens of a request are::

    ceil(T / 4) + ceil(D / 8) + 3 * turns + 85 * media

* ``T``: UTF-8 bytes of all text: system, developer and instruction text, message text, the text of
  tool results, and of every tool call in the history its name and its arguments as compact JSON.
  Thinking and reasoning of earlier turns count nothing. The text of a Gemini functionResponse is the
  string under ``output`` or ``result`` where that is all it holds, otherwise its compact JSON.
* ``D``: UTF-8 bytes of every tool definition: name, description and the compact JSON of its schema.
  A provider's own tool without a name counts its type; Gemini's own tools count nothing.
* ``turns``: runs of consecutive entries of one side (user and tool results; model, its calls and its
  reasoning). System entries belong to no turn.
* ``media``: images, audio, documents and files, whatever their size.

A request with ``previous_response_id`` has the input and output tokens of that response besides (``prior``).

**Output** tokens are ``ceil(bytes / 4)`` of the thinking text plus ``ceil(bytes / 4)`` of the answer
text (or of the called tool's name and arguments together). The request's maximum caps their sum:
thinking is spent first, text is cut where the maximum falls, a call that does not fit is left out.
Thinking that is not shown counts the same. ``reasoning`` is the thinking part.

**Tasks.** Texts count as above: ``ceil(bytes / 4)`` each (reranking: query and documents together), or as
many tokens as they are sent in; every picture given counts 85. Besides:

* old completions answer a text with itself, cut at ``max_tokens`` (16 unless said), ``n`` times;
* pictures made count one image and 100 output tokens each, 10 more for each partial one;
* speech counts a character for each of its text; told in events, also the tokens of the text and as many
  output tokens as characters. It lasts a twentieth of a second for a character;
* transcriptions count the begun seconds of a WAV's header (16,000 bytes to the second of anything else);
  streamed, or with ``~tokens``, 10 input tokens for each in place of that, and the output tokens of the text;
  plain text, subtitles and streams aside, the seconds are in ``usage``, in verbose JSON in ``duration``;
* moderations count nothing.

**Cache.** ``~cached-N`` reports the first ``min(N, input)`` tokens as read from the cache. Anthropic's
``cache_control`` markers make the prompt up to the last marker (order: tools, system, messages;
counted by the formula above) a written prefix: up to the last marker of ttl ``1h`` written for an
hour, the rest for five minutes, less what was read.

**Claims.** ``~usage-I.O`` replaces the input and output totals before the division above. With
``~nousage`` and ``~badusage`` the answer claims nothing or nonsense; the function still tells the truth.
Faults (``status``, ``cut``, ``hang``, ``errorat``) do not change it: it is the bill of the whole answer.
"""

from proxyapp.sandbox.answer import compose
from proxyapp.sandbox.dialects import DIALECTS
from proxyapp.sandbox.script import parse
from proxyapp.sandbox.tally import Counts
from proxyapp.sandbox.tasks import GEMINI_TASKS, TASKS

__all__ = ["Counts", "count_input", "predict", "predict_task"]


def predict(protocol: str, body: bytes, upstream_model: str, script: str = "", prior: int = 0) -> Counts:
    """The counters of a call with this body, as the sandbox will claim them.

    ``protocol`` is ``anthropic``, ``openai_chat``, ``openai_responses`` or ``gemini``;
    ``upstream_model`` is the name the sandbox is asked for, whatever the body says; ``script`` is
    the value of the ``x-sandbox-script`` header; ``prior`` are the tokens of the stored response that it goes
    on from. Raises Refusal or ScriptError where the sandbox
    would answer 400.
    """
    prompt = DIALECTS[protocol].read(body, upstream_model)
    prompt.tally.prior = prior
    return compose(prompt, parse(upstream_model, script)).counts


def predict_task(
    path: str, body: bytes, upstream_model: str, script: str = "", content_type: str = ""
) -> Counts:
    """The same for a task: ``path`` is that of OpenAI (``/v1/embeddings``) or Gemini's verb."""
    reader = GEMINI_TASKS.get(path) or TASKS[path]
    return reader(body, content_type, upstream_model).counted(parse(upstream_model, script))


def count_input(protocol: str, body: bytes) -> int:
    """The input tokens of a request: what count_tokens and countTokens answer."""
    return DIALECTS[protocol].read_count(body, "").tally.total
