"""A project is amended, and who it adds is let in, through pages alone."""

from datetime import timedelta

from enclave.projects.training import attempts
from enclave.store.database import Database
from tests.browser.applications.desk import Pages
from tests.builders.projects import TODAY


LATER = (TODAY + timedelta(days=1500)).isoformat()


NOT_ACCEPTED = {
    "en": "has not accepted the user agreement",
    "da": "har ikke accepteret brugeraftalen",
}


def amend(desk: Pages, language: str) -> None:
    rikke, karen = desk("rikke"), desk("karen")
    rikke.go("/applications/new")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[value="amendment"]').click()
    rikke.fill("reason", "Two more years are needed, and Anne joins the analysis.")
    rikke.fill("end_date", LATER)
    rikke.fill("window.end", "2013-12-31")
    person = {"name": "Anne", "email": "anne@demo.example", "institution": "RH"}
    for name, value in person.items():
        rikke.fill(f"group.1.{name}", value)
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.press("submit")
    karen.go("/applications/3")
    text = karen.page.locator("main").inner_text()
    for said in {
        "en": ("adds 2 years of data", "adds 1 person (Anne)", "prolongs the project"),
        "da": (
            "tilføjer 2 års data",
            "tilføjer 1 person (Anne)",
            "forlænger projektet",
        ),
    }[language]:
        assert said in text
    karen.press("start_review")
    karen.check("amendment")
    karen.press("approve")
    page = desk("anne").go("/projects/infektion").page
    assert LATER in page.locator("main").inner_text()


def let_in(desk: Pages, database: Database, language: str) -> None:
    """Anne accepts the agreement and passes the test, which she was shut out for."""
    anne = desk("anne").go("/projects/infektion")
    assert NOT_ACCEPTED[language] in anne.page.inner_text(".notice")
    anne.go("/agreement")
    anne.page.locator('[name="read"]').check()
    anne.check("agreement")
    anne.send("/agreement")
    anne.go("/training").send("/training")
    with database.begin() as session:
        (drawn,) = attempts.every(session, "anne")
        right = [one.right for one in attempts.asked(drawn)]
    for number, option in enumerate(right):
        answer = f'[name="answer-{number}"][value="{option}"]'
        anne.page.locator(answer).check()
    anne.check("training")
    anne.send(f"/training/{drawn.id}")
    anne.check("trained")
    # The second grant names her, as the amendment did.
    anne.go("/projects/infektion")
    assert anne.page.locator("main .notice").count() == 0
    assert anne.page.locator('a[href$="/rikke/infektion"]').count() == 0
    assert anne.page.locator('a[href$="/anne/infektion"]').is_visible()
