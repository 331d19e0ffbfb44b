from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "proxyapp.media"
    label = "media"
