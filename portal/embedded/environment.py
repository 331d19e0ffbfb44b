"""The environment contract: what settings read, and what embedded mode puts there.

Settings read only environment variables. Where `DATABASE_URL` or `REDIS_URL` is unset, the supervisor
starts that server itself and these functions say how to reach it. A variable that is set always wins.
Standard library only: this runs before Django loads.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from urllib.parse import quote

from portal.embedded import secretfile
from portal.embedded.layout import DataDirectory
from portal.embedded.refusal import Refused
from portal.embedded.secretfile import Secrets

DATA = "TOLLGATE_DATA"
DATABASES = {
    "DATABASE_URL": "tollgate_owner",
    "DATABASE_APP_URL": "tollgate_app",
    "DATABASE_PLATFORM_URL": "tollgate_platform",
}
SECRETS = ("SECRET_KEY", "TOLLGATE_KEY_PEPPER", "TOLLGATE_ENCRYPTION_KEYS")
STOP_SECONDS = "TOLLGATE_STOP_SECONDS"
CONTRACT = (DATA, *DATABASES, "REDIS_URL", *SECRETS, "TOLLGATE_BASE_URL", "TOLLGATE_SANDBOX_URL")


def database_urls(data: DataDirectory) -> dict[str, str]:
    host = quote(str(data.postgres_socket_dir), safe="")
    return {name: f"postgresql://{role}@/tollgate?host={host}" for name, role in DATABASES.items()}


def redis_url(data: DataDirectory) -> str:
    return f"unix://{quote(str(data.valkey_socket))}?db=0"


def embeds_postgres(data: DataDirectory, environ: Mapping[str, str]) -> bool:
    """Whether PostgreSQL is ours to start: nobody has named another one."""
    return environ.get("DATABASE_URL", "") in ("", database_urls(data)["DATABASE_URL"])


def embeds_valkey(data: DataDirectory, environ: Mapping[str, str]) -> bool:
    """Whether Valkey is ours to start: nobody has named another one."""
    return environ.get("REDIS_URL", "") in ("", redis_url(data))


def secret_variables(found: Secrets) -> dict[str, str]:
    values = (found["secret_key"], found["key_pepper"], found["encryption_keys"])
    return dict(zip(SECRETS, values, strict=True))


def embedded(data: DataDirectory, environ: Mapping[str, str], found: Secrets) -> dict[str, str]:
    """The variables that embedded mode adds to `environ`: addresses of the servers that are ours, and,
    where the database is ours, the generated secrets. With `DATABASE_URL` set no secret is invented."""
    added = {DATA: str(data.root)}
    if embeds_valkey(data, environ):
        added["REDIS_URL"] = redis_url(data)
    if embeds_postgres(data, environ):
        # The three addresses belong together: roles of another server would be of no use here.
        added |= database_urls(data)
        added |= {name: value for name, value in secret_variables(found).items() if not environ.get(name)}
    return added


def export(data: DataDirectory, environ: MutableMapping[str, str], *, create: bool) -> None:
    """Complete `environ` for the data directory. With `create` the directory and its secrets are made;
    without it, a directory that does not exist yet is left alone and throw-away secrets serve."""
    if create:
        data.create()
    if create and embeds_postgres(data, environ):
        found = secretfile.load_or_create(data.secrets)
    else:
        found = secretfile.load(data.secrets) or secretfile.generate()
    environ.update(embedded(data, environ, found))


def placeholders() -> dict[str, str]:
    """An environment in which settings load but no server can be reached, for checks that need none."""
    nowhere = DataDirectory(Path("/nonexistent/tollgate"))
    return embedded(nowhere, {}, secretfile.generate())


def without_contract(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` as if nobody had configured Tollgate in it."""
    return {name: value for name, value in environ.items() if name not in CONTRACT}


def stop_seconds(environ: Mapping[str, str]) -> int:
    """How long a web worker that was asked to stop lets its calls finish; 20 unless `environ` says more."""
    given = environ.get(STOP_SECONDS, "").strip() or "20"
    if not given.isdecimal():
        raise Refused(f"{STOP_SECONDS} must be a whole number of seconds, not {given!r}.")
    return int(given)


def current_directory() -> DataDirectory:
    """The data directory that `manage.py` chose for this process."""
    return DataDirectory.at(os.environ[DATA])
