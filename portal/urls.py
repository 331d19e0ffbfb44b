"""The site map. Wire paths never get here: `portal.asgi` gives them to the gateway."""

from django.contrib import admin
from django.urls import include, path

from portal.catalogue import views as catalogue

handler500 = "portal.kit.outage.server_error"
urlpatterns = [
    path("", catalogue.landing, name="landing"),
    path("models", catalogue.models, name="models"),
    path("account/", include("allauth.account.urls")),
    path("", include("portal.guides.urls")),
    path("settings/", include("portal.keys.urls")),
    path("settings/", include("portal.notifications.urls")),
    path("settings/", include("portal.accounts.urls")),
    path("", include("billing.urls")),
    path("", include("proxyapp.rest.urls")),
    path("", include("proxyapp.media.urls")),
    path("operator/admin/", admin.site.urls),
]
