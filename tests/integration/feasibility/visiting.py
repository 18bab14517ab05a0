"""What a visitor does on the dashboard, for tests of it."""

from enclave_widgets.feasibility import FeasibilityDashboard
from tests.builders.projects import at
from tests.builders.waiting import until


async def opened(client, **options):
    dashboard = FeasibilityDashboard(client, clock=at(), **options)
    await until(lambda: dashboard.page is not None)
    await until(lambda: dashboard.page.budget.value)
    return dashboard


async def added(page, text):
    """Search for something and add the first code found."""
    search = page.editor.search
    search.text.value = text
    await until(lambda: search.found.options)
    search.add.click()


async def with_three_criteria(client):
    """Diabetes as the index event, then a test with a value, or another diagnosis."""
    page = (await opened(client)).page
    search, editor = page.editor.search, page.editor
    search.text.value = "DE11"
    await until(lambda: search.found.options)
    search.target.index = 1
    search.add.click()
    await added(page, "NPU19748")
    await added(page, "DI10")
    row = editor.rows[0]
    row.measured.operator.value = ">="
    row.measured.lower.value = "10"
    row.when.value = next(
        number for name, number in row.when.options if name.startswith("within 365")
    )
    return page
