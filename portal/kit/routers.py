"""Only the owner role makes tables; the application and the platform role only use them."""

from typing import Any


class OwnerMigrates:
    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"

    def allow_relation(self, left: Any, right: Any, **hints: Any) -> bool:
        # The three aliases are three roles on one database: rows may refer to each other freely.
        return True
