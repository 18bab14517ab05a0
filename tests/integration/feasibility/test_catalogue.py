"""The catalogue dashboard, clicked from Python, against the real portal."""

import contextlib

import pytest
from traitlets import TraitError

from enclave_widgets.catalogue import CatalogueDashboard
from tests.builders.waiting import until


async def opened(client, **options):
    dashboard = CatalogueDashboard(client, **{"language": "en", **options})
    await until(lambda: dashboard.page is not None)
    return dashboard


def tables(dashboard):
    return {
        name.rpartition("(")[2][:-1]: at for name, at in dashboard.page.table.options
    }


def test_what_a_table_looks_like(client, run):
    async def visit():
        dashboard = await opened(client)
        dashboard.page.table.value = tables(dashboard)["lab"]
        return dashboard.page.shown.value

    shown = run(visit())

    for said in ("lab.value", "Missing", "Units by source", "Covers", "Patients"):
        assert said in shown


def test_every_table_can_be_shown_in_both_languages(client, run):
    async def visit():
        dashboard = await opened(client)
        shown = {}
        for language, title in (("en", "Variables of the"), ("da", "Tabellens")):
            dashboard.frame.languages.value = language
            await until(lambda title=title: title in dashboard.page.shown.value)
            for name, number in tables(dashboard).items():
                dashboard.page.table.value = number
                shown[language, name] = dashboard.page.shown.value
        return shown

    shown = run(visit())

    assert len(shown) >= 10
    assert all(f"{name}." in html for (_, name), html in shown.items())


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("diabetes", "en", "DE11"),
        ("lab.val", "en", "lab.value"),
        ("diabetes", "da", "uden komplikationer"),
        ("<img src=x>", "en", "&lt;img"),
    ],
)
def test_search(client, run, text, language, said):
    async def visit():
        page = (await opened(client, language=language)).page
        page.text.value = text
        await until(lambda: said in page.found.value)
        return page.found.value

    assert "<img" not in run(visit())


def test_a_forged_table_shows_nothing(client, run):
    async def visit():
        page = (await opened(client)).page
        before = page.shown.value
        with contextlib.suppress(TraitError, IndexError):
            page.table.set_state({"index": 99_999})
        return before, page.shown.value

    before, after = run(visit())

    assert after == before


def test_the_language_can_change_while_searching(client, run):
    async def visit():
        dashboard = await opened(client)
        dashboard.page.text.value = "diabetes"
        dashboard.frame.languages.value = "da"
        await until(lambda: "Koder" in dashboard.page.found.value)
        return dashboard.page

    assert run(visit()).text.value == "diabetes"


def test_a_portal_that_is_gone_is_explained(connect, run, tmp_path):
    async def visit():
        dashboard = CatalogueDashboard(connect(socket=str(tmp_path / "gone")))
        body = dashboard.frame.body
        await until(lambda: getattr(body.children[0], "children", ()))
        return body.children[0].children[0].value

    assert "cannot be reached" in run(visit())
