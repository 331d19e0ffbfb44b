from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "portal.keys"
    label = "keys"

    def ready(self) -> None:
        from portal.keys import publish  # noqa: PLC0415 - models may be imported only once apps are ready

        publish.register()
