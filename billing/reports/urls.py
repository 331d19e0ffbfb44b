from django.urls import path

from billing.reports import views

urlpatterns = [
    path("usage", views.usage, name="usage"),
    path("billing", views.billing, name="billing"),
    path("billing/fragments/key-spend", views.key_spend, name="key_spend"),
]
