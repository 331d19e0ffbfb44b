"""Which client is tried with which protocol of its model's route."""

import pytest

from tests.clients.programs import PROGRAMS

SAME = [(client, protocol) for client, program in PROGRAMS.items() for protocol in program.protocols]
"""Every client in every protocol that it speaks; the route speaks it too, so bytes pass untouched."""
_USUAL = [(client, program.protocols[0]) for client, program in PROGRAMS.items()]

over_every_route = pytest.mark.parametrize(("client", "route"), SAME, ids=["-".join(case) for case in SAME])
over_its_usual_route = pytest.mark.parametrize(
    ("client", "route"), _USUAL, ids=[client for client, _ in _USUAL]
)
