"""Every page runs in one transaction, bound to the organization that the person is working in."""

from collections.abc import Callable
from contextlib import ExitStack

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from portal.accounts.models import User
from portal.kit.scope import organization_scope, user_scope
from portal.organizations.models import Member
from proxyapp import media

SESSION_KEY = "organization"


class MemberRequest(HttpRequest):
    """A request past the middleware: `member` is the person in the organization, None for visitors."""

    user: User
    member: Member | None
    failed: bool


class OrganizationMiddleware:
    """Opens the transaction around the view *and* its rendering; any exception or 5xx rolls it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: MemberRequest) -> HttpResponse:
        if request.path.startswith(media.ROOT):  # callers with keys, in transactions of their own
            request.member = None
            return self.get_response(request)
        with ExitStack() as stack:
            stack.enter_context(transaction.atomic())
            request.failed = False
            request.member = member_of(request)
            if request.member:
                stack.enter_context(organization_scope(request.member.organization_id))
            response = self.get_response(request)
            if response.status_code >= 500 or request.failed:
                transaction.set_rollback(True)
            return response

    def process_exception(self, request: MemberRequest, exception: Exception) -> None:
        # Also for a 404 or 403 raised half way: what was written before it must not stay. Only noted
        # here, because the error page is still to be rendered in this transaction.
        request.failed = True


def member_of(request: HttpRequest) -> Member | None:
    """The membership chosen in the session, or the person's first one."""
    if not request.user.is_authenticated:
        return None
    with user_scope(request.user.pk):
        mine = Member.anywhere.filter(user=request.user).order_by("id")
        chosen = mine.filter(organization_id=request.session.get(SESSION_KEY, 0)).first()
        return chosen or mine.first()
