"""Six people at a portal that has a loaded warehouse, each with a browser window."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Account
from tests.browser.applications.desk import Desk, Pages
from tests.builders import installation
from tests.builders.portal import PREFIX, portal
from tests.builders.portal_browser import chromium, served
from tests.builders.projects import cast


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def address(settings: Settings, database: Database) -> Iterator[str]:
    """A portal on loopback, with a loaded warehouse and one person of each role."""
    installation.load(settings)
    cast(database)
    with database.begin() as session:
        anne = session.get_one(Account, "anne")
        anne.agreement_until = anne.training_until = None
    with served(portal(settings, database)) as found:
        yield found


@pytest.fixture
def desk(browser: Browser, address: str, language: str) -> Iterator[Pages]:
    """Sit down as somebody; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    desks: dict[str, Desk] = {}

    def sit_down(who: str) -> Desk:
        if who not in desks:
            context = browser.new_context(viewport={"width": 1400, "height": 900})
            url = address.removesuffix(PREFIX)
            context.add_cookies([{"name": "who", "value": who, "url": url}])
            page = context.new_page()
            page.on(
                "console",
                lambda message: complaints.append(f"{message.text} {page.url}"),
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
            desks[who] = Desk(page, address, language)
        return desks[who]

    yield sit_down
    for one in desks.values():
        one.page.context.close()
    assert complaints == []
