from django.apps import AppConfig

from proxyapp.media import hooks


class NotificationsConfig(AppConfig):
    name = "portal.notifications"
    label = "notifications"

    def ready(self) -> None:
        from portal.notifications import media  # noqa: PLC0415 - models may be imported only once apps are ready

        hooks.finished.append(media.tell)
