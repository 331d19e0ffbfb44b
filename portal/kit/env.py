"""Settings come from the environment alone; a value that cannot be used stops the start with its name."""

import os
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_CONNECT_SECONDS = 5  # unless the URL says otherwise: a server that is frozen must not hang whoever asks


def text(name: str, default: str | None = None) -> str:
    """The variable, or `default`; without either the start is refused."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. See “Settings” in the README.")
    return value


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no"):
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return default if not value else value in ("1", "true", "yes")


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word for word in (part.strip() for part in os.environ.get(name, default).split(",")) if word]


def bucket() -> dict[str, Any]:
    """Django's storage settings for the bucket `TOLLGATE_S3_BUCKET`; keys come the ways that boto3 knows."""
    options = {
        "bucket_name": text("TOLLGATE_S3_BUCKET"),
        "endpoint_url": text("TOLLGATE_S3_ENDPOINT", "") or None,
        "region_name": text("TOLLGATE_S3_REGION", "") or None,
        "access_key": text("TOLLGATE_S3_ACCESS_KEY", "") or None,
        "secret_key": text("TOLLGATE_S3_SECRET_KEY", "") or None,
        "location": text("TOLLGATE_S3_PREFIX", ""),
        "querystring_expire": 3600,
        "file_overwrite": True,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def database(url: str, role: str | None = None) -> dict[str, Any]:
    """Django's database settings for ``postgresql://user:password@host:port/name?host=/socket/dir``.

    With `role`, every connection acts as that role from its first statement on.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured(f"A database URL must begin with postgresql://, not {parts.scheme}://.")
    options: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, **dict(parse_qsl(parts.query))}
    host = options.pop("host", None) or unquote(parts.hostname or "")
    if role:
        options["options"] = f"{options.get('options', '')} -c role={role}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
        "TIME_ZONE": None,
    }
