"""The dashboard of re-runs as a member of a project sees it in Voila."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from enclave.clock import now
from enclave.projects import memberships
from enclave.store.archive_tables import Rerun
from enclave.store.database import Database
from enclave.store.project_tables import Project
from tests.builders import archived
from tests.builders.axe import violations
from tests.builders.hub import sign_in


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

ANALYSIS = "PAC2026Rikke_dashboard"
VERDICTS = ("identical", "identical", "numerically equal", "differs")


@pytest.fixture
def on_record(enclave):
    """Re-runs of three months of a project of rikke's."""
    database = Database(enclave.settings.database_url)
    with database.begin() as session:
        project = memberships.projects_of(session, "rikke", now)[0]
        number = session.scalars(
            select(Project.number).where(Project.slug == project.slug)
        ).one()
        archived.record(session, ANALYSIS, project=number)
        for count, verdict in enumerate(VERDICTS * 3, start=1):
            at = now() - timedelta(days=31 * (count // 5))
            session.add(
                Rerun(
                    analysis_id=ANALYSIS,
                    number=count,
                    requested_by="rikke",
                    requested=at,
                    completed=at,
                    verdict=verdict,
                )
            )
    database.dispose()


@pytest.mark.usefixtures("on_record")
def test_requests_verdicts_and_trends_are_seen(page, enclave, pictures):
    sign_in(page, enclave, "rikke")
    for language, last, verdict in (
        ("English", "The last requests", "Numerically equal"),
        ("Dansk", "De seneste bestillinger", "Numerisk ens"),
    ):
        for width in (1400, 400):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(f"{enclave.url}/services/reruns/")
            page.get_by_role("button", name=language).click()
            expect(page.get_by_role("heading", name=last)).to_be_visible()
            expect(page.locator("svg.enc-trend rect")).to_have_count(15)
            expect(page.get_by_text(ANALYSIS).first).to_be_visible()
            expect(page.get_by_role("cell", name=verdict).first).to_be_visible()
            assert violations(page) == []
            path = pictures / f"reruns-{language}-{width}.png"
            page.screenshot(path=path, full_page=True)
