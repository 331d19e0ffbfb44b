from django.urls import path
from django.views.i18n import set_language

from portal.accounts import views

urlpatterns = [
    path("preferences", views.preferences, name="preferences"),
    path("language", set_language, name="set_language"),
]
