from django.urls import path

from portal.keys import views

urlpatterns = [
    path("key-management", views.index, name="keys"),
    path("key-management/new", views.new, name="key_new"),
    path("key-management/<int:key_id>", views.show, name="key"),
    path("key-management/<int:key_id>/rename", views.rename, name="key_rename"),
    path("key-management/<int:key_id>/limits", views.limits, name="key_limits"),
    path("key-management/<int:key_id>/disable", views.disable, name="key_disable"),
    path("key-management/<int:key_id>/enable", views.enable, name="key_enable"),
    path("key-management/<int:key_id>/revoke", views.revoke, name="key_revoke"),
]
