from django.urls import path

from proxyapp.media import serving, views

urlpatterns = [
    path("v3/async/task-result", views.TaskResult.as_view()),
    path("v3/async/cancel", views.Cancel.as_view()),
    path("v3/video/create", views.VideoOrder.as_view()),
    path("v3/async/<path:model>", views.AsyncOrder.as_view()),
    path("v3/files/<str:token>", serving.file, name="media_file"),
    path("v3/<path:model>", views.SyncOrder.as_view()),
    path("v3/", views.Nowhere.as_view()),
    path("v3", views.Nowhere.as_view()),
]
