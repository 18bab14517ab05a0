"""The address of a question in a notebook is that of the dashboard, or none."""

import pytest

from enclave.cohort.packing import LONGEST, unpack
from enclave.errors import InputError
from enclave_widgets.addresses import DASHBOARD, shared_address
from enclave_widgets.ask import Ask


def test_a_link_opens_the_dashboard_with_the_question():
    asked = Ask().having("SKS:DE11*")

    address = asked.link()

    assert address == shared_address(asked.question)
    assert unpack(address.removeprefix(f"{DASHBOARD}?question=")) == asked.question
    assert Ask().link() == DASHBOARD


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Too long for a link"), ("da", "For langt til et")]
)
def test_a_link_that_nothing_would_take_is_refused(monkeypatch, language, said):
    monkeypatch.setenv("ENCLAVE_LANGUAGE", language)
    asked = Ask().having(*(f"SKS:D{n:05}" for n in range(4_000)))

    assert len(shared_address(asked.question)) > LONGEST
    with pytest.raises(InputError, match=said):
        asked.link()
