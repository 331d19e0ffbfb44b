from django.apps import AppConfig

from proxyapp.media import hooks


class BillingConfig(AppConfig):
    name = "billing"
    label = "billing"

    def ready(self) -> None:
        """Take what portal leaves to be filled: it never imports billing."""
        from billing.charges import publish  # noqa: PLC0415 - models may be imported only once apps are ready
        from billing.usage import events  # noqa: PLC0415 - so may these

        publish.register()
        hooks.booked.append(events.known)
