from django.urls import path

from portal.notifications import views

urlpatterns = [
    path("webhooks", views.index, name="webhooks"),
    path("webhooks/new", views.new, name="webhook_new"),
    path("webhooks/<uuid:endpoint_id>", views.show, name="webhook"),
    path("webhooks/<uuid:endpoint_id>/change", views.change, name="webhook_change"),
    path("webhooks/<uuid:endpoint_id>/rotate", views.rotate, name="webhook_rotate"),
    path("webhooks/<uuid:endpoint_id>/forget-former", views.forget_former, name="webhook_forget_former"),
    path("webhooks/<uuid:endpoint_id>/disable", views.disable, name="webhook_disable"),
    path("webhooks/<uuid:endpoint_id>/enable", views.enable, name="webhook_enable"),
    path("webhooks/<uuid:endpoint_id>/remove", views.remove, name="webhook_remove"),
    path("webhooks/deliveries/<uuid:delivery_id>", views.delivery, name="webhook_delivery"),
    path("webhooks/deliveries/<uuid:delivery_id>/replay", views.replay, name="webhook_replay"),
]
