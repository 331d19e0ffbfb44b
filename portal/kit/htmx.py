"""One view for a whole page and for the part of it that htmx asks for."""

from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx will put the answer into the page that is already there."""
    htmx = cast(HtmxDetails, getattr(request, "htmx", False))
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_part(
    request: HttpRequest, template: str, part: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """`template`, or only its partial `part` for htmx. Caches are told that the two differ."""
    name = f"{template}#{part}" if wants_part(request) else template
    response = render(request, name, {**context, "is_part": wants_part(request)}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
