"""The language that a person chose. Browsers know it by a cookie, which visitors have too."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from portal.accounts.models import User

_YEAR = 365 * 24 * 3600


def remember(response: HttpResponse, user: User) -> None:
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


def is_news(request: HttpRequest, user: User) -> bool:
    """Whether this browser has not been told yet which language the person chose."""
    return bool(user.language) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES


def adopt(user: User) -> None:
    """Answer the request at hand in the person's language."""
    translation.activate(user.language)
