"""Temporary: servers without the rest of the stack."""

import os
from collections.abc import Iterator

import pytest
from django.core.management import call_command

from portal.embedded import environment
from portal.embedded.console import Console
from portal.embedded.leftovers import ProcessFile
from portal.embedded.servers import start_servers
from portal.embedded.supervisor import Supervisor


@pytest.fixture(scope="session")
def stack() -> Iterator[None]:
    data = environment.current_directory()
    data.create()
    sup = Supervisor(ProcessFile(data.processes), Console())
    list(start_servers(data, sup, os.environ, check=lambda: None))
    call_command("migrate", database="owner", interactive=False, verbosity=0, skip_checks=True)
    yield None
    from django.db import connections

    for c in connections.all(initialized_only=True):
        c.close()
    sup.stop(lambda: True)


import sys

from django.conf import settings

sys.path.insert(0, "/tmp/w/cat")
settings.ROOT_URLCONF = "cat_urls"
