"""Which client is tried with which protocol of its model's route."""

import pytest

from tests.clients.programs import PROGRAMS
from tests.support.wire import PROTOCOLS

_SAME = [(client, protocol) for client, program in PROGRAMS.items() for protocol in program.protocols]
"""The route speaks what the client speaks, so bytes pass untouched."""
_TRANSLATED = [(client, route) for client in PROGRAMS for route in PROTOCOLS if (client, route) not in _SAME]
"""The route speaks what the client does not."""
_USUAL = [(client, program.protocols[0]) for client, program in PROGRAMS.items()]

over_every_route = pytest.mark.parametrize(
    ("client", "route"), _SAME + _TRANSLATED, ids=["-".join(case) for case in _SAME + _TRANSLATED]
)
over_its_usual_route = pytest.mark.parametrize(
    ("client", "route"), _USUAL, ids=[client for client, _ in _USUAL]
)
