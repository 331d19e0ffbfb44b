"""A person's own pages; signing in and out is allauth's."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.forms import PreferencesForm
from portal.accounts.models import User

_YEAR = 365 * 24 * 3600


@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=cast(User, request.user).pk)
    form = PreferencesForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        response = redirect("preferences")
        remember_language(response, user)
        with translation.override(user.language or translation.get_language_from_request(request)):
            messages.success(request, _("Your preferences are saved."))
        return response
    return render(request, "accounts/preferences.html", {"form": form}, status=422 if form.errors else 200)


def remember_language(response: HttpResponse, user: User) -> None:
    """Have the person's next pages in their language; without a choice the browser decides again."""
    if user.language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            user.language,
            max_age=_YEAR,
            samesite="Lax",
            secure=settings.SECURE,
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
