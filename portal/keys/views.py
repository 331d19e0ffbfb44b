"""Key management: look-ups are scoped to the organization, so what can be found may be seen."""

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.catalogue import examples, pricelist
from portal.guides import clients
from portal.guides import views as guides
from portal.keys import services as keys
from portal.keys.forms import LimitsForm, NameForm, NewKeyForm
from portal.keys.models import ApiKey
from portal.kit.htmx import render_part, wants_part
from portal.organizations.access import InsideRequest, manages_keys, members_only

_PER_PAGE = 50


@require_GET
@members_only()
def index(request: InsideRequest) -> HttpResponse:
    return _list(request)


@require_http_methods(["GET", "POST"])
@members_only(manages_keys)
def new(request: InsideRequest) -> HttpResponse:
    form = NewKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        issued = keys.issue(
            name=form.cleaned_data["name"], expires_at=form.expires_at, actor=request.user, **form.values
        )
        return _created(request, issued)
    status = 422 if form.errors else 200
    return render_part(request, "keys/new.html", "form", {"form": form}, status)


@require_GET
@members_only(manages_keys)
def show(request: InsideRequest, key_id: int) -> HttpResponse:
    return _show(request, get_object_or_404(ApiKey, pk=key_id))


@require_POST
@members_only(manages_keys)
def rename(request: InsideRequest, key_id: int) -> HttpResponse:
    key, form = get_object_or_404(ApiKey, pk=key_id), NameForm(request.POST)
    if not form.is_valid():
        return _show(request, key, name_form=form)
    keys.rename(key=key, name=form.cleaned_data["name"], actor=request.user)
    messages.success(request, _("The key is now called “%(name)s”.") % {"name": key.name})
    return redirect("key", key.pk)


@require_POST
@members_only(manages_keys)
def limits(request: InsideRequest, key_id: int) -> HttpResponse:
    key, form = get_object_or_404(ApiKey, pk=key_id), LimitsForm(request.POST)
    if not form.is_valid():
        return _show(request, key, limits_form=form)
    keys.limit(key=key, actor=request.user, **form.values)
    messages.success(request, _("The limits of “%(name)s” are saved.") % {"name": key.name})
    return redirect("key", key.pk)


@require_POST
@members_only(manages_keys)
def disable(request: InsideRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=key_id, revoked_at=None)
    keys.disable(key=key, actor=request.user)
    messages.success(request, _("“%(name)s” is disabled. Its calls are refused.") % {"name": key.name})
    return _back_to_list(request)


@require_POST
@members_only(manages_keys)
def enable(request: InsideRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=key_id, revoked_at=None)
    keys.enable(key=key, actor=request.user)
    messages.success(request, _("“%(name)s” is enabled again.") % {"name": key.name})
    return _back_to_list(request)


@require_http_methods(["GET", "POST"])
@members_only(manages_keys)
def revoke(request: InsideRequest, key_id: int) -> HttpResponse:
    """GET asks, POST does."""
    key = get_object_or_404(ApiKey, pk=key_id)
    if request.method == "GET":
        return render_part(request, "keys/revoke.html", "question", {"key": key})
    keys.revoke(key=key, actor=request.user)
    messages.success(request, _("“%(name)s” is revoked permanently.") % {"name": key.name})
    return _back_to_list(request)


def _list(request: InsideRequest) -> HttpResponse:
    context: dict[str, object] = {"page": _page(request)}
    if not ApiKey.objects.exists():
        context["examples"] = examples.calls(
            base_url=examples.address(request), models=pricelist.names_by_price()
        )
    return render_part(request, "keys/index.html", "list", context)


def _page(request: InsideRequest) -> Page[ApiKey]:
    """Newest first, revoked ones behind all others."""
    ordered = ApiKey.objects.order_by(F("revoked_at").asc(nulls_first=True), "-created_at", "-pk")
    return Paginator(ordered, _PER_PAGE).get_page(request.GET.get("page"))


def _created(request: InsideRequest, issued: keys.Issued) -> HttpResponse:
    """The only page that ever shows the key; nothing may keep a copy of it."""
    url, models, secret = examples.address(request), pricelist.names_by_price(), issued.secret
    context = {
        "key": issued.key,
        "secret": secret,
        "calls": examples.calls(base_url=url, models=models, key=secret),
        "clients": clients.beginnings(guides.fill(request, pricelist.names_by_protocol(), key=secret)),
        "page": _page(request) if wants_part(request) else None,
    }
    response = render_part(request, "keys/created.html", "created", context)
    add_never_cache_headers(response)
    return response


def _show(
    request: InsideRequest,
    key: ApiKey,
    *,
    name_form: NameForm | None = None,
    limits_form: LimitsForm | None = None,
) -> HttpResponse:
    context = {
        "key": key,
        "name_form": name_form or NameForm(initial={"name": key.name}),
        "limits_form": limits_form or LimitsForm.of(key),
    }
    return render(request, "keys/show.html", context, status=422 if name_form or limits_form else 200)


def _back_to_list(request: InsideRequest) -> HttpResponse:
    return _list(request) if wants_part(request) else redirect("keys")
