"""Seals on their way through clients of other protocols."""

import base64

import pytest

from proxyapp.protocols.base import ProtocolName
from proxyapp.protocols.canonical import Seal
from proxyapp.protocols.carrying import carried, uncarried


@pytest.mark.parametrize("here", ["anthropic", "openai_chat", "openai_responses", "gemini"])
def test_it_works(here: ProtocolName) -> None:
    seal = Seal(origin="anthropic", value="EqQBCkYIB~?>/+=")
    assert uncarried(carried(seal, here), here) == seal


def test_a_client_may_send_the_alphabet_of_urls() -> None:
    seal = Seal(origin="openai_responses", value="???~~~>>>")
    sent = base64.urlsafe_b64encode(base64.b64decode(carried(seal, "gemini"))).decode()
    assert "_" in sent
    assert uncarried(sent, "gemini") == seal


def test_a_mark_round_rubbish_is_no_exception() -> None:
    sent = base64.b64encode(b"tollgate:anthropic:\xff\xfe").decode()
    assert uncarried(sent, "gemini").origin == "anthropic"
