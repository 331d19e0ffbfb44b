"""A provider that speaks /v3, as Jiekou and Novita do: orders, their results, and the files they point to."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from proxyapp.media.models import Endpoint
from proxyapp.snapshot import Target
from proxyapp.upstream.errand import FAILURES, body_of, client

SECONDS = 30.0
SYNC_SECONDS = 110.0
FILE_SECONDS = 600.0
MOST_ANSWER = 64 * 1024 * 1024
MOST_FILE = 1024 * 1024 * 1024
_OURS = ("webhook", "custom_storage")  # of `extra`: no business of the provider's


class Away(Exception):
    """The provider could not be reached, or had no time; another try may help."""


class Refused(Exception):
    """The provider will not do this; its words are fit for the client."""


class Provider:
    """One target of a model."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._base = target.route.base_url.removesuffix("/v3")

    def submit(self, endpoint: str, body: Mapping[str, Any]) -> str:
        """The provider's id for the order."""
        order, model = forwarded(body), self._target.route.upstream_model
        path = f"/v3/async/{quote(model)}"
        if endpoint == Endpoint.VIDEO:
            path, order = "/v3/video/create", order | {"model": model}
        found = _table(self._call("POST", path, json=order)[1]).get("task_id")
        if not isinstance(found, str) or not found or "\0" in found:
            raise Away("the provider named no task")
        return found

    def result(self, task_id: str) -> dict[str, Any]:
        """The provider's task-result body."""
        return _table(self._call("GET", "/v3/async/task-result", params={"task_id": task_id})[1])

    def cancel(self, task_id: str) -> bool:
        """Whether the provider gave up the order; many cannot."""
        try:
            self._call("POST", "/v3/async/cancel", json={"task_id": task_id}, seconds=5.0)
        except (Away, Refused):
            return False
        return True

    def run(self, body: Mapping[str, Any]) -> tuple[str, bytes]:
        """The answer to an order that is carried out at once: its content type and body."""
        path = f"/v3/{quote(self._target.route.upstream_model)}"
        return self._call("POST", path, json=forwarded(body), seconds=SYNC_SECONDS)

    def _call(self, method: str, path: str, *, seconds: float = SECONDS, **request: Any) -> tuple[str, bytes]:
        headers = {"Authorization": f"Bearer {self._target.secret}", "User-Agent": "Tollgate/1"}
        try:
            with (
                self._client(seconds) as caller,
                caller.stream(method, self._base + path, headers=headers, **request) as response,
            ):
                body = body_of(response, MOST_ANSWER)
        except FAILURES as error:
            raise Away(type(error).__name__) from error
        if response.status_code >= 500 or response.status_code in (401, 402, 403, 408, 429):
            raise Away(f"status {response.status_code}")  # our own standing there is not the client's fault
        if not response.is_success:
            raise Refused(fit_to_tell(_message(body)) or "The provider refused this request.")
        return response.headers.get("content-type", ""), body

    def _client(self, seconds: float) -> httpx.Client:
        road = self._target.road
        return client(
            seconds=seconds,
            allow_private=self._target.route.allow_private,
            authority=road.authority,
            proxy=road.proxy,
        )


def forwarded(body: Mapping[str, Any]) -> dict[str, Any]:
    """The order without what only concerns us."""
    order = dict(body)
    extra = order.get("extra")
    if isinstance(extra, dict):
        order["extra"] = {name: value for name, value in extra.items() if name not in _OURS}
        if not order["extra"]:
            del order["extra"]
    return order


def fit_to_tell(words: Any) -> str:
    """What a provider says, for the client; nothing where it says nothing, or where it is."""
    told = words.replace("\0", "") if isinstance(words, str) else ""  # which PostgreSQL would not keep
    return "" if "://" in told else told[:300]


def _table(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Away("the provider's answer cannot be read") from error


def _message(body: bytes) -> Any:
    try:
        return _table(body).get("message")
    except Away:
        return None
