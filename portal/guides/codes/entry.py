"""How a code is explained."""

from dataclasses import dataclass
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Retry(Enum):
    """Whether the same request may succeed when it is sent again; only `WAIT` names a time.

    Programs are told to try again where it is `WAIT` or `PERHAPS`. Where it is `UNCLEAR` a person decides:
    the first request may have been charged.
    """

    NO = _("A retry does not help")
    WAIT = _("A retry helps, after the wait in Retry-After")
    PERHAPS = _("A retry may help")
    UNCLEAR = _("Look before you retry")


_PAGES = {
    "keys": _("API keys"),
    "billing": _("Billing"),
    "usage": _("Usage"),
    "models": _("Models and prices"),
    "guides": _("Guides"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """`statuses` are those it is told with, the usual one first; `page` is the name of the address where the
    remedy is found.
    """

    code: str
    statuses: tuple[int, ...]
    retry: Retry
    happened: Promise
    remedy: Promise
    page: str = ""

    @property
    def page_title(self) -> Promise:
        return _PAGES[self.page]


@dataclass(frozen=True, slots=True)
class Group:
    """Codes that have a cause in common."""

    slug: str
    title: Promise
    entries: tuple[Entry, ...]
