from django.urls import path

from portal.guides import views

urlpatterns = [
    path("guides/", views.index, name="guides"),
    path("guides/<slug:slug>", views.guide, name="guide"),
    path("docs/errors", views.errors, name="errors"),
]
