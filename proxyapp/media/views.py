"""The /v3 endpoints. Keys are their callers; errors are flat, and a trace id is on every answer."""

import logging
from typing import Any, cast
from uuid import UUID

import msgspec
import redis
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from proxyapp.error_answers import OUR_FAULT
from proxyapp.errors import BodyTooLarge, GatewayError, InvalidRequest, NotReady, Problem, UnknownPath
from proxyapp.media import contract, ending, sync
from proxyapp.media.models import Endpoint, MediaTask, State
from proxyapp.media.scope import tenant
from proxyapp.media.submission import Order, submit
from proxyapp.media.upstream import Provider
from proxyapp.media.work import same_target
from proxyapp.money import format_usd
from proxyapp.rest.models import KeyView
from proxyapp.snapshot import KeyFacts

log = logging.getLogger(__name__)
LARGEST_BODY = 32 * 1024 * 1024
_AWAY = (OperationalError, InterfaceError, redis.ConnectionError, redis.TimeoutError)


class UnknownTask(GatewayError):
    status, code = 404, "task_not_found"


class MediaView(KeyView):
    """Errors as {code, reason, message, metadata}."""

    parser_classes = ()

    def perform_content_negotiation(self, *_: Any, **__: Any) -> tuple[JSONRenderer, str]:
        """What is accepted is meant of what is ordered, and so the provider's affair."""
        return JSONRenderer(), JSONRenderer.media_type

    def handle_exception(self, exc: Exception) -> HttpResponse:  # type: ignore[override]
        problem = self._problem(exc)
        body = msgspec.json.encode(contract.error(problem, self.trace_id))
        response = HttpResponse(body, status=problem.status, content_type="application/json")
        response["X-Should-Retry"] = "true" if problem.retryable else "false"
        if problem.retry_after is not None:
            response["Retry-After"] = str(problem.retry_after)
        return response

    @property
    def key(self) -> KeyFacts:
        return cast(KeyFacts, self.request.auth)

    def _problem(self, exc: Exception) -> Problem:
        if isinstance(exc, GatewayError):
            return exc.problem
        if isinstance(exc, exceptions.MethodNotAllowed):
            return Problem(405, "method_not_allowed", "This method is not understood at this path.")
        if isinstance(exc, _AWAY):
            log.warning("%s had to be refused: %s", self.trace_id, str(exc).partition("\n")[0])
            return NotReady(
                "The gateway cannot reach its database.",
                hint="Try again. An order that came to nothing is given back.",
                retry_after=5,
            ).problem
        log.exception("%s failed by our own fault", self.trace_id, exc_info=exc)
        return OUR_FAULT


class AsyncOrder(MediaView):
    """`POST /v3/async/<model>` → {"task_id"}."""

    def post(self, request: Request, model: str) -> Response:
        return _accepted(submit(self.key, Order(Endpoint.ASYNC, model, read(request)), self.trace_id))


class VideoOrder(MediaView):
    """`POST /v3/video/create` → {"task_id"}; the body names the model."""

    def post(self, request: Request) -> Response:
        body = read(request)
        model = body.get("model")
        if not isinstance(model, str) or not model:
            raise InvalidRequest("`model` must name the model.", param="model")
        return _accepted(submit(self.key, Order(Endpoint.VIDEO, model, body), self.trace_id))


class SyncOrder(MediaView):
    """`POST /v3/<model>` → what the provider answers, with the files it points to copied to us."""

    def post(self, request: Request, model: str) -> HttpResponse:
        task, content_type, body = sync.carry_out(self.key, model, read(request), self.trace_id)
        response = HttpResponse(body, content_type=content_type)
        response["X-Gateway-Cost-Usd"] = format_usd(task.charged)
        response["X-Gateway-Task-Id"] = str(task.pk)
        return response

    def get(self, request: Request, model: str) -> Response:
        raise UnknownPath(f"There is nothing to GET at /v3/{model[:120]}.", hint="Orders are sent by POST.")


class TaskResult(MediaView):
    """`GET /v3/async/task-result?task_id=`: a task that was accepted is there for as long as its owner is."""

    def get(self, request: Request) -> Response:
        return Response(contract.result(_task(self.key, request.query_params.get("task_id"))))


class Cancel(MediaView):
    """`POST /v3/async/cancel` {"task_id"} → the task-result body. Given back where nothing was made yet."""

    def post(self, request: Request) -> Response:
        task = _task(self.key, read(request).get("task_id"))
        if task.is_live and not self._cancelled(task) and _task(self.key, str(task.pk)).is_live:
            raise InvalidRequest(
                "The task is being carried out, and its provider cannot stop it.",
                code="task_not_cancellable",
                status=409,
            )
        return Response(contract.result(_task(self.key, str(task.pk))))

    def _cancelled(self, task: MediaTask) -> bool:
        if not task.upstream_task_id:
            return task.state == State.QUEUED and not task.is_in_hand and ending.cancel(task)
        target = same_target(task)
        gave_up = target is not None and Provider(target).cancel(task.upstream_task_id)
        return gave_up and ending.cancel_running(task)


class Nowhere(MediaView):
    authentication_classes = []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise UnknownPath(
            f"There is nothing at {request.path[:200]}.",
            hint="Orders go to /v3/async/<model>, /v3/video/create or /v3/<model>.",
        )


def read(request: Request) -> dict[str, Any]:
    """The JSON object in the body."""
    wire = request._request
    if int(wire.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise BodyTooLarge(f"The body is larger than {LARGEST_BODY // 1024 // 1024} MB.")
    body = wire.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        raise BodyTooLarge(f"The body is larger than {LARGEST_BODY // 1024 // 1024} MB.")
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise InvalidRequest(f"The body must be a JSON object: {error}") from None
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.") from None


def _accepted(task: MediaTask) -> Response:
    return Response({"task_id": str(task.pk)}, headers={"X-Gateway-Cost-Usd": format_usd(task.charged)})


def _task(key: KeyFacts, task_id: Any) -> MediaTask:
    """A task of the key's organization that it was told of."""
    try:
        wanted = UUID(task_id)
    except (TypeError, ValueError, AttributeError):
        raise InvalidRequest("`task_id` must be the id of a task.", param="task_id") from None
    with tenant(key.organization_id):
        found = MediaTask.objects.filter(pk=wanted).exclude(state=State.ADMITTING).first()
    if found is None:
        raise UnknownTask("There is no such task.", hint="Is it a task of this key's organization?")
    return found
