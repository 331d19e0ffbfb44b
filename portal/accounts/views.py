"""A person's own pages; signing in and out is allauth's."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts import language
from portal.accounts.forms import PreferencesForm
from portal.accounts.models import User


@login_required
def preferences(request: HttpRequest) -> HttpResponse:
    user = User.objects.get(pk=cast(User, request.user).pk)
    form = PreferencesForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        response = redirect("preferences")
        language.remember(response, user)
        with translation.override(user.language or translation.get_language_from_request(request)):
            messages.success(request, _("Your preferences are saved."))
        return response
    return render(request, "accounts/preferences.html", {"form": form}, status=422 if form.errors else 200)
