"""What everybody may see: who we are, and what it costs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.catalogue import examples, pricelist
from portal.catalogue.models import PriceAssignment

_TEASER = 6


def landing(request: HttpRequest) -> HttpResponse:
    offers = pricelist.offers()
    return render(
        request,
        "catalogue/landing.html",
        {
            "examples": examples.calls(base_url=examples.address(request), models=pricelist.names_by_price()),
            "offers": offers[:_TEASER],
            "more": len(offers) - _TEASER,
        },
    )


def models(request: HttpRequest) -> HttpResponse:
    """The price list: of their own price group for members, the base one for visitors."""
    member = getattr(request, "member", None)
    assignment = PriceAssignment.objects.select_related("group").first() if member else None
    return render(
        request,
        "catalogue/models.html",
        {
            "layout": "layouts/console.html" if member else "layouts/public.html",
            "offers": pricelist.offers(assignment),
            "group": assignment.group if assignment else None,
        },
    )
