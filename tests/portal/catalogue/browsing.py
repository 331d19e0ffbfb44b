"""An operator in Django's admin, through real requests."""

import re
from typing import Any

from django.test import Client

from portal.accounts.models import User

from .offers import fresh

_COMPLAINTS = re.compile(r'class="errorlist.*?</ul>', re.DOTALL)
SITE = "/operator/admin"


class Operator:
    """Is logged in as staff and superuser; pages are named as in ``catalogue/provider``."""

    def __init__(self) -> None:
        user = User.objects.create_superuser(f"{fresh('operator')}@example.org")
        self.client = Client()
        self.client.force_login(user, "django.contrib.auth.backends.ModelBackend")

    def reads(self, page: str, **query: str) -> str:
        response = self.client.get(f"{SITE}/{page}/", query)
        assert response.status_code == 200, (page, response.status_code)
        return response.content.decode()

    def posts(self, page: str, fields: dict[str, Any]) -> str:
        """Fill in and send; must be accepted. The page that follows."""
        response = self.client.post(f"{SITE}/{page}/", fields, follow=True)
        assert response.redirect_chain, _COMPLAINTS.findall(response.content.decode())
        return response.content.decode()

    def is_refused(self, page: str, fields: dict[str, Any]) -> str:
        """Fill in and send; must come back with complaints. The page with them."""
        response = self.client.post(f"{SITE}/{page}/", fields)
        assert response.status_code == 200, response.status_code
        assert "errornote" in response.content.decode()
        return response.content.decode()


def inline(prefix: str, *rows: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """The fields of an inline table, as a browser sends them."""
    fields: dict[str, Any] = {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": initial}
    for index, row in enumerate(rows):
        fields |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return fields
