"""Data are requested, agreed on and opened, through pages alone."""

from tests.browser.applications.desk import Pages
from tests.browser.applications.sections import WHYS
from tests.builders import installation


BEING_LOOKED_AT = {
    "en": "is being looked at",
    "da": "bliver set igennem",
}


def request(desk: Pages) -> None:
    rikke = desk("rikke").go("/applications/new?project=infektion")
    rikke.check("new")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[value="data_request"]').click()
    # What the proposal said is there already.
    assert rikke.read("variables").split() == [*installation.VARIABLES]
    assert sorted(rikke.read("justifications").splitlines()) == WHYS
    assert rikke.read("members") == "rikke"
    rikke.fill("window.start", "2010-01-01")
    rikke.fill("window.end", "2011-12-31")
    rikke.choose("date_policy", "real")
    # Saved before anything looks at the page: the two would get in each other's way.
    rikke.page.locator("#saved li").first.wait_for(state="detached")
    rikke.check("request")
    _agree(desk, 2)


def request_more(desk: Pages) -> None:
    """A second request begins as the first one, with what the amendment added."""
    rikke = desk("rikke").go("/applications/new?project=infektion")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[value="data_request"]').click()
    assert rikke.read("variables").split() == [*installation.VARIABLES]
    assert sorted(rikke.read("justifications").splitlines()) == WHYS
    assert rikke.read("window.end") == "2013-12-31"
    assert rikke.read("date_policy") == "real"
    assert rikke.read("members").split() == ["anne", "rikke"]
    _agree(desk, 4)


def _agree(desk: Pages, number: int) -> None:
    """Save the form that is open, hand it in, and have it checked and extracted."""
    rikke = desk("rikke")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.press("submit")
    desk("karen").go(f"/applications/{number}").press("check_approvals")
    mads = desk("mads").go(f"/applications/{number}")
    mads.press("agree_specification")
    mads.press("extract")
    assert mads.state() == "qa"


def open_delivery(desk: Pages, number: int, language: str) -> None:
    """Look at the first version, to which nobody has come yet, and open it."""
    rikke = desk("rikke").go("/projects/infektion").page
    if number == 2:
        assert BEING_LOOKED_AT[language] in rikke.inner_text("main")
    mads = desk("mads").go(f"/applications/{number}")
    mads.check("quality")
    with mads.page.expect_navigation():
        mads.page.locator('a[href*="/deliveries/"]').click()
    assert "lab.value" in mads.page.inner_text("main")
    mads.go(f"/applications/{number}").press("activate")
    assert mads.state() == "active"
