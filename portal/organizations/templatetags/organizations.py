"""What templates ask about a member."""

from django import template

from portal.organizations.models import Member, Role

register = template.Library()


@register.filter
def may_manage_keys(member: Member | None) -> bool:
    return member is not None and Role(member.role).manages_keys


@register.filter
def may_manage_webhooks(member: Member | None) -> bool:
    return member is not None and Role(member.role).manages_webhooks


@register.filter
def may_see_billing(member: Member | None) -> bool:
    return member is not None and Role(member.role).sees_billing
