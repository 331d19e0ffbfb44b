"""Letters to the people of an organization, each in their own language."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from portal.accounts.models import User
from portal.notifications.models import Endpoint
from portal.organizations.models import Member, Role

log = logging.getLogger(__name__)


def webhook_disabled(endpoint: Endpoint) -> None:
    """Once the transaction has committed, tell the owners that an endpoint is no longer told of anything."""
    facts = {
        "organization": endpoint.organization.name,
        "url": endpoint.url,
        "page": settings.BASE_URL + reverse("webhook", args=[endpoint.pk]),
    }
    for owner in Member.objects.select_related("user").filter(role=Role.OWNER):
        transaction.on_commit(partial(_write, owner.user, "webhook_disabled", facts))


def _write(user: User, letter: str, facts: Mapping[str, Any]) -> None:
    with translation.override(user.language or settings.LANGUAGE_CODE):
        subject = render_to_string(f"notifications/email/{letter}_subject.txt", dict(facts)).strip()
        text = render_to_string(f"notifications/email/{letter}_message.txt", dict(facts))
    try:
        send_mail(subject, text, None, [user.email])
    except OSError:  # what a mail server that is away or refuses comes to
        log.exception("the letter %s could not be sent", letter)
