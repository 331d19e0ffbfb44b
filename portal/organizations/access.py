"""The door in front of the console: who is not signed in is asked to, who may not enter is told so."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from portal.accounts import language
from portal.kit.htmx import wants_part
from portal.organizations.middleware import MemberRequest
from portal.organizations.models import Member, Role

Arguments = ParamSpec("Arguments")
Right = Callable[[Role], bool]


class InsideRequest(MemberRequest):
    """A request past the door: there is a person, a member of the organization in scope."""

    member: Member


Inside = Callable[Concatenate[InsideRequest, Arguments], HttpResponse]
Outside = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]


def manages_keys(role: Role) -> bool:
    return role.manages_keys


def manages_webhooks(role: Role) -> bool:
    return role.manages_webhooks


def sees_billing(role: Role) -> bool:
    return role.sees_billing


def anyone(role: Role) -> bool:
    return True


def members_only(right: Right = anyone) -> Callable[[Inside[Arguments]], Outside[Arguments]]:
    """Let members pass whose role has the right; 403 for others, and the way to sign in for visitors."""

    def door(view: Inside[Arguments]) -> Outside[Arguments]:
        @wraps(view)
        def guarded(
            request: InsideRequest, *args: Arguments.args, **kwargs: Arguments.kwargs
        ) -> HttpResponse:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            if request.member is None:
                raise PermissionDenied(_("You do not belong to an organization yet."))
            if not right(Role(request.member.role)):
                raise PermissionDenied(_("Your role in this organization does not allow this."))
            if not language.is_news(request, request.user):
                return view(request, *args, **kwargs)
            language.adopt(request.user)
            response = view(request, *args, **kwargs)
            language.remember(response, request.user)
            return response

        return guarded  # type: ignore[return-value]  # what Django hands over has been through the middleware

    return door


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    if not wants_part(request):
        return redirect_to_login(request.get_full_path())
    # A part of a page has no place for the sign-in form: the whole page goes there.
    page = request.htmx.current_url_abs_path  # type: ignore[attr-defined]  # set by django-htmx
    return HttpResponseClientRedirect(redirect_to_login(page or "/").url)
