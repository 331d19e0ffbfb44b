"""What happens around sign-up, in allauth's terms."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from portal.accounts.models import User
from portal.organizations import services


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Whoever signs up owns a personal organization from the same transaction on."""
        saved: User = super().save_user(request, user, form, commit)
        if commit:
            services.found_personal(owner=saved)
        return saved
