"""Which client is tried with which protocol of its own and of the model's route."""

import pytest

from tests.clients.programs import PROGRAMS

SPOKEN = [(client, protocol) for client, program in PROGRAMS.items() for protocol in program.protocols]
"""Every client in every protocol that it speaks."""
SAME = [(client, protocol, protocol) for client, protocol in SPOKEN]
"""The route speaks what the client speaks: bytes pass untouched."""

USUAL = [(client, program.protocols[0]) for client, program in PROGRAMS.items()]
"""Every client in its usual protocol."""

talks = pytest.mark.parametrize(
    ("client", "protocol", "route"), SAME, ids=["-".join(dict.fromkeys(case)) for case in SAME]
)
