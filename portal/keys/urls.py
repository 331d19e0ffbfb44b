from django.urls import path

from portal.keys import views

urlpatterns = [
    path("", views.index, name="keys"),
    path("/new", views.new, name="key_new"),
    path("/<int:key_id>", views.show, name="key"),
    path("/<int:key_id>/rename", views.rename, name="key_rename"),
    path("/<int:key_id>/limits", views.limits, name="key_limits"),
    path("/<int:key_id>/disable", views.disable, name="key_disable"),
    path("/<int:key_id>/enable", views.enable, name="key_enable"),
    path("/<int:key_id>/revoke", views.revoke, name="key_revoke"),
]
