"""Webhooks: everybody in the organization may look, owners and admins may change."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.notifications import services as webhooks
from portal.notifications.forms import EndpointForm
from portal.notifications.models import Delivery, Endpoint
from portal.organizations.access import InsideRequest, manages_webhooks, members_only

_PER_PAGE = 50


@require_GET
@members_only()
def index(request: InsideRequest) -> HttpResponse:
    return render(request, "notifications/index.html", {"endpoints": Endpoint.objects.all()})


@require_http_methods(["GET", "POST"])
@members_only(manages_webhooks)
def new(request: InsideRequest) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _secret_once(request, webhooks.add(actor=request.user, **form.cleaned_data))
    return render(request, "notifications/new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@members_only()
def show(request: InsideRequest, endpoint_id: UUID) -> HttpResponse:
    return _show(request, get_object_or_404(Endpoint, pk=endpoint_id))


@require_POST
@members_only(manages_webhooks)
def change(request: InsideRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint, form = _chosen(endpoint_id), EndpointForm(request.POST)
    if not form.is_valid():
        return _show(request, endpoint, form)
    webhooks.change(endpoint=endpoint, actor=request.user, **form.cleaned_data)
    messages.success(request, _("The webhook is saved."))
    return redirect("webhook", endpoint.pk)


@require_POST
@members_only(manages_webhooks)
def rotate(request: InsideRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    return _secret_once(request, webhooks.rotate(endpoint=endpoint, actor=request.user))


@require_POST
@members_only(manages_webhooks)
def forget_former(request: InsideRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = get_object_or_404(Endpoint, pk=endpoint_id)
    webhooks.forget_former(endpoint=endpoint, actor=request.user)
    messages.success(request, _("Only the new secret signs now."))
    return redirect("webhook", endpoint.pk)


@require_POST
@members_only(manages_webhooks)
def disable(request: InsideRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _chosen(endpoint_id)
    webhooks.disable(endpoint=endpoint, actor=request.user)
    messages.success(request, _("The webhook is disabled. It is told of nothing."))
    return redirect("webhook", endpoint.pk)


@require_POST
@members_only(manages_webhooks)
def enable(request: InsideRequest, endpoint_id: UUID) -> HttpResponse:
    endpoint = _chosen(endpoint_id)
    webhooks.enable(endpoint=endpoint, actor=request.user)
    messages.success(request, _("The webhook is enabled again."))
    return redirect("webhook", endpoint.pk)


@require_http_methods(["GET", "POST"])
@members_only(manages_webhooks)
def remove(request: InsideRequest, endpoint_id: UUID) -> HttpResponse:
    """GET asks, POST does."""
    endpoint = _chosen(endpoint_id)
    if request.method == "GET":
        return render(request, "notifications/remove.html", {"endpoint": endpoint})
    webhooks.remove(endpoint=endpoint, actor=request.user)
    messages.success(request, _("The webhook is removed."))
    return redirect("webhooks")


@require_GET
@members_only()
def delivery(request: InsideRequest, delivery_id: UUID) -> HttpResponse:
    found = get_object_or_404(Delivery.objects.select_related("event", "endpoint"), pk=delivery_id)
    context = {"delivery": found, "attempts": found.attempts.all()}
    return render(request, "notifications/delivery.html", context)


@require_POST
@members_only(manages_webhooks)
def replay(request: InsideRequest, delivery_id: UUID) -> HttpResponse:
    found = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=delivery_id)
    again = webhooks.replay(delivery=found, actor=request.user)
    messages.success(request, _("The event is being sent once more."))
    return redirect("webhook_delivery", again.pk)


def _chosen(endpoint_id: UUID) -> Endpoint:
    """One with an address of its own: the one for requests has nothing to be changed but its secret."""
    return get_object_or_404(Endpoint.objects.exclude(url=""), pk=endpoint_id)


def _show(request: InsideRequest, endpoint: Endpoint, form: EndpointForm | None = None) -> HttpResponse:
    deliveries = Delivery.objects.filter(endpoint=endpoint).select_related("event")
    context = {
        "endpoint": endpoint,
        "has_former": endpoint.has_former(),
        "form": form or EndpointForm.of(endpoint),
        "page": Paginator(deliveries, _PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "notifications/show.html", context, status=422 if form else 200)


def _secret_once(request: InsideRequest, issued: webhooks.Issued) -> HttpResponse:
    """The only page that ever shows the secret; nothing may keep a copy of it."""
    context = {"endpoint": issued.endpoint, "secret": issued.secret}
    response = render(request, "notifications/secret.html", context)
    add_never_cache_headers(response)
    return response
