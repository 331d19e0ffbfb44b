"""What media tasks have come to, as webhooks."""

from typing import Any

from portal.kit.scope import organization_scope
from portal.notifications import services


def tell(organization_id: int, task_id: str, result: dict[str, Any], url: str) -> None:
    """The end of a task, to the endpoints that want it and to the address that its request named."""
    with organization_scope(organization_id):
        services.emit(event_type="ASYNC_TASK_RESULT", payload=result, key=task_id, url=url)
