from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "portal.catalogue"
    label = "catalogue"

    def ready(self) -> None:
        from portal.catalogue import publish  # noqa: PLC0415 - models may be imported only once apps are ready

        publish.register()
