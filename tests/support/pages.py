"""Opening pages as a person does, without a screen: Django's own test client."""

import html
import re
from typing import Any

from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/settings/key-management?page=1"}


def signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def words(response: Any) -> str:
    """What a reader sees: no tags, no doubled blanks."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", source(response))).split())


def source(response: Any) -> str:
    assert isinstance(response, HttpResponse)
    return response.content.decode()


def queries(client: Client, address: str) -> int:
    """How many statements the application role needs for a page."""
    with CaptureQueriesContext(connections["default"]) as captured:
        assert client.get(address).status_code == 200
    return len(captured)
