"""From a request to the reply that the script wants."""

from urllib.parse import parse_qsl

import msgspec

from proxyapp.sandbox.answer import Answer, claim, compose
from proxyapp.sandbox.archive import Archive
from proxyapp.sandbox.chunks import event
from proxyapp.sandbox.dialect import Dialect, HeaderList
from proxyapp.sandbox.openai import stored
from proxyapp.sandbox.prompt import Prompt
from proxyapp.sandbox.refusal import Refusal
from proxyapp.sandbox.reply import Reply, played, streamed, whole
from proxyapp.sandbox.routing import Route, resolve
from proxyapp.sandbox.script import Script, ScriptError, parse
from proxyapp.sandbox.tasks.job import Job

_EVENT_STREAM = b"text/event-stream; charset=utf-8"
_NO_SCRIPT = Script()
_REFUSED_CREDENTIAL = "bad"


class Request(msgspec.Struct):
    """An HTTP request; header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Rehearsal:
    """Counts how often each script has been played, for ``times-N``; keeps the stored responses."""

    def __init__(self) -> None:
        self._played: dict[str, int] = {}
        self.archive = Archive()

    def due(self, name: str, script: Script) -> Script:
        """The script for this request: without its faults once they were played ``times`` times."""
        if script.times is None:
            return script
        self._played[name] = self._played.get(name, 0) + 1
        return script if self._played[name] <= script.times else script.healed()


def reply_to(request: Request, rehearsal: Rehearsal) -> Reply:
    """The reply to a request; whatever is wrong with it is answered in the provider's own form."""
    query = dict(parse_qsl(request.query))
    route = resolve(request.method, request.path, request.headers, query)
    try:
        credential = _admit(route, request, query)
        if route.operation == "stored":
            asked = stored.ask(rehearsal.archive, credential, request.method, route.model)
            return _whole(route.dialect, asked, _NO_SCRIPT)
        if route.task is not None:
            job = route.task(request.body, request.headers.get("content-type", ""), route.model)
            return _done(route, job, request, rehearsal)
        return _answer(route, request, rehearsal, credential)
    except Refusal as refusal:
        return _refused(route, refusal, _NO_SCRIPT)
    except ScriptError as error:
        return _refused(route, Refusal(400, str(error), param="model"), _NO_SCRIPT)


def _admit(route: Route, request: Request, query: dict[str, str]) -> str:
    """The credential."""
    credential = route.dialect.credential(request.headers, query.get("key", ""))
    if not credential:
        raise Refusal(401, "No API key was given where this provider expects it.")
    if credential == _REFUSED_CREDENTIAL:
        raise Refusal(401, "Incorrect API key provided.")
    if route.operation == "unknown":
        raise Refusal(404, f"Unknown request URL: {request.method} {request.path}")
    if route.operation == "method":
        raise Refusal(405, f"{request.method} is not allowed for {request.path}")
    return credential


def _answer(route: Route, request: Request, rehearsal: Rehearsal, credential: str) -> Reply:
    prompt = _read(route, request.body)
    name = prompt.model if prompt else route.model
    header = request.headers.get("x-sandbox-script", "")
    script = rehearsal.due(f"{name} {header}", parse(name, header))
    if script.status is not None:
        message = f"The sandbox was scripted to answer {script.status}."
        return _refused(route, Refusal(script.status, message, retry_after=script.retryafter), script)
    if prompt is None:
        listed = route.dialect.model(name) if name else route.dialect.models()
        return _whole(route.dialect, listed, script)
    stored.resume(rehearsal.archive, credential, prompt)
    if route.operation == "count":
        return _whole(route.dialect, route.dialect.count(prompt.tally.total), script)
    answer = compose(prompt, script)
    if route.operation == "compact":
        return _whole(route.dialect, stored.compacted(prompt, answer), script)
    if prompt.keeps:
        stored.keep(rehearsal.archive, credential, prompt, answer, route.dialect.whole(prompt, answer))
    return _generated(route, prompt, answer, script)


def _done(route: Route, job: Job, request: Request, rehearsal: Rehearsal) -> Reply:
    """What comes of a task."""
    header = request.headers.get("x-sandbox-script", "")
    script = rehearsal.due(f"{job.model} {header}", parse(job.model, header))
    if script.status is not None:
        message = f"The sandbox was scripted to answer {script.status}."
        return _refused(route, Refusal(script.status, message, retry_after=script.retryafter), script)
    claimed = claim(job.counted(script), script)
    if job.chunks is None:
        if script.errorat is not None:
            return _refused(route, Refusal(500, "The sandbox was scripted to fail."), script)
        return whole(200, route.dialect.headers(), job.kind, job.whole(claimed), script)
    chunks = job.chunks(claimed, script.chunks)
    if script.errorat is not None:
        failure = {"type": "error", "error": {"type": "server_error", "message": "The server had an error."}}
        chunks = [*played(chunks, script.errorat), event("error", failure)]
    return streamed(route.dialect.headers(), job.stream_kind, chunks, script)


def _read(route: Route, body: bytes) -> Prompt | None:
    if route.operation in ("models", "model"):
        return None
    if route.operation == "count":
        return route.dialect.read_count(body, route.model)
    prompt = route.dialect.read(body, route.model)
    prompt.array = route.array
    if route.stream is not None:
        prompt.stream = route.stream
    return prompt


def _generated(route: Route, prompt: Prompt, answer: Answer, script: Script) -> Reply:
    dialect = route.dialect
    if not prompt.stream:
        if script.errorat is not None:
            return _refused(route, Refusal(500, "The sandbox was scripted to fail."), script)
        return _whole(dialect, dialect.whole(prompt, answer), script)
    chunks = dialect.chunks(prompt, answer, script.chunks)
    if script.errorat is not None:
        sent = played(chunks, script.errorat)
        chunks = [*sent, dialect.stream_error(prompt, sent)]
    return streamed(dialect.headers(), dialect.json_type if prompt.array else _EVENT_STREAM, chunks, script)


def _whole(dialect: Dialect, body: bytes, script: Script) -> Reply:
    return whole(200, dialect.headers(), dialect.json_type, body, script)


def _refused(route: Route, refusal: Refusal, script: Script) -> Reply:
    headers: HeaderList = route.dialect.headers()
    if refusal.retry_after is not None:
        headers.append((b"retry-after", str(refusal.retry_after).encode()))
    body = route.dialect.error(refusal, headers)
    # without alt=sse Gemini's stream is an array, errors included
    return whole(
        refusal.status, headers, route.dialect.json_type, b"[%b]" % body if route.array else body, script
    )
