"""The world of the tests: one complete real stack per worker process, and the fixed cast in it.

Nothing is rolled back and nothing is faked: every test gets fresh organizations, and tenants do not see each
other, so tests need no clean database. The stack starts with the first test that asks for it.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from portal.embedded import environment
from portal.embedded.layout import DataDirectory

pytest_plugins = ["tests.support.selection"]
collect_ignore = ["journeys"] if os.environ.get("TOLLGATE_NO_BROWSER") else []
DATA = Path(tempfile.mkdtemp(prefix="tollgate-test-", dir="/tmp"))
DATA.chmod(0o711)
atexit.register(shutil.rmtree, DATA, ignore_errors=True)
for _name in environment.CONTRACT:
    os.environ.pop(_name, None)
os.environ["TOLLGATE_FAST_DISK"] = "1"
os.environ["TOLLGATE_WEBHOOKS_TO_PRIVATE_ADDRESSES"] = "1"  # receivers of the tests listen on loopback
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
environment.export(DataDirectory.at(str(DATA)), os.environ, create=True)

# The same examples every time, since a run decides; `--hypothesis-profile explore` looks for new ones. No
# deadlines: the machine may be busy with something else.
hypothesis.settings.register_profile("decide", derandomize=True, deadline=None)
hypothesis.settings.register_profile("explore", deadline=None)
hypothesis.settings.load_profile("decide")

import django  # noqa: E402 - settings read the environment that has just been made

django.setup()

from django.test.utils import setup_test_environment  # noqa: E402

setup_test_environment()

from portal.accounts.models import User  # noqa: E402
from portal.organizations.models import Organization, Role  # noqa: E402
from tests.support import cast  # noqa: E402
from tests.support.stack import Stack, running  # noqa: E402


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """`manage.py up`, all of it: PostgreSQL, Valkey, sandbox, two web workers, Celery worker and beat."""
    with running(DATA) as started:
        yield started


@pytest.fixture
def alice(stack: Stack) -> User:
    """Owner of Acme."""
    return cast.person("alice")


@pytest.fixture
def acme(alice: User) -> Organization:
    return cast.organization("Acme", owner=alice)


@pytest.fixture
def bob(acme: Organization) -> User:
    """Developer at Acme."""
    return cast.joins(cast.person("bob"), acme, Role.DEVELOPER)


@pytest.fixture
def vera(acme: Organization) -> User:
    """Viewer at Acme."""
    return cast.joins(cast.person("vera"), acme, Role.VIEWER)


@pytest.fixture
def charlie(stack: Stack) -> User:
    """A stranger to Acme: owner of Globex."""
    return cast.person("charlie")


@pytest.fixture
def globex(charlie: User) -> Organization:
    return cast.organization("Globex", owner=charlie)


@pytest.fixture
def key(acme: Organization, alice: User) -> str:
    """A key of Acme, in plain text, known to the gateway."""
    return cast.key(acme, alice)
