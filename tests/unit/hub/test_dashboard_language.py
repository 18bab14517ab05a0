"""In which language a dashboard opens."""

import pytest

from enclave_hub.dashboard.kernels import LANGUAGE, _language
from tests.unit.hub.test_dashboard_page import FOLDER


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        (None, "da-DK,da;q=0.9,en", "da"),
        (None, "fr,da", "en"),
        (None, "", "en"),
        ("da", "en-GB", "da"),
        ("en", "da", "en"),
        ("__import__('os')", "da", "da"),
    ],
)
def test_the_one_chosen_before_comes_first(chosen, accepted: str, language: str):
    assert _language(chosen, accepted) == language


def test_the_page_keeps_it_under_the_name_that_the_server_reads():
    script = (FOLDER / "browser" / "page.js").read_text("utf-8")

    assert f"`{LANGUAGE}=$" in script
