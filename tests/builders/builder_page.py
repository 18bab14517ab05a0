"""The question builder on a page of a real browser, by mouse and by keyboard.

The same question both ways: diabetes, then high C-reactive protein, no hypertension.
Every step waits for what it needs, so the pace of the machine does not matter.
"""

from playwright.sync_api import Frame, Keyboard, Locator, Page, expect


# A page of its own, or that of a workspace in its frame.
Place = Page | Frame

SEARCH = "Search by code or word"
CODES = ("DE11", "NPU19748", "DI10")


def words(page: Place) -> Locator:
    """What the page says of the question in words."""
    return page.locator(".enc pre").first


def clicked(page: Place) -> str:
    """Build the question with the mouse; return its JSON."""
    page.get_by_label("Sex").select_option(label="Women")
    for number, code in enumerate(CODES):
        page.get_by_label(SEARCH).click()
        page.get_by_label(SEARCH).fill(code)
        _found(page, code)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator(".enc-chosen")).to_have_count(number + 1)
    test, other = page.locator(".enc-chosen").nth(1), page.locator(".enc-chosen").nth(2)
    test.get_by_label("Value").select_option(label="at least")
    limit = test.get_by_label("Limit", exact=False).first
    limit.fill("10")
    limit.blur()
    other.get_by_label("Patients").select_option(label="must not have")
    return _json(page)


def typed(page: Place) -> str:
    """Build the same question without touching the mouse; return its JSON."""
    expect(page.locator(".enc-chosen")).to_have_count(0)
    page.get_by_label("Sex").focus()
    _keyboard(page).type("W")
    _tab_to(page, page.get_by_label(SEARCH))
    for number, code in enumerate(CODES):
        _keyboard(page).type(code)
        _found(page, code)
        _tab_to(page, page.get_by_role("button", name="Add", exact=True))
        _keyboard(page).press("Enter")
        expect(page.locator(".enc-chosen")).to_have_count(number + 1)
        expect(page.get_by_label(SEARCH)).to_be_focused()
    test, other = page.locator(".enc-chosen").nth(1), page.locator(".enc-chosen").nth(2)
    _tab_to(page, test.get_by_label("Value"))
    _keyboard(page).type("at least")
    limit = test.get_by_label("Limit", exact=False).first
    expect(limit).to_be_visible()
    _tab_to(page, limit)
    _keyboard(page).type("10")
    _tab_to(page, other.get_by_label("Patients"))
    _keyboard(page).type("must not")
    return _json(page)


def _keyboard(page: Place) -> Keyboard:
    return (page if isinstance(page, Page) else page.page).keyboard


def _found(page: Place, code: str) -> None:
    """Wait until the search shows this code, not what an earlier one found."""
    found = page.get_by_label("Found").locator("option").first
    expect(found).to_contain_text(code)


def _tab_to(page: Place, control: Locator) -> None:
    """Press Tab until a control has the focus, as a person does."""
    for _ in range(80):
        if control.evaluate("one => one === document.activeElement"):
            return
        _keyboard(page).press("Tab")
    raise AssertionError(f"Tab never reaches {control}")


def _json(page: Place) -> str:
    """Return the question of the page once it holds all that was chosen."""
    for said in (*CODES, "10", "women", "no event"):
        expect(words(page)).to_contain_text(said)
    # Labels are read, not what they are written in.
    expect(page.locator(".enc label", has_text="<")).to_have_count(0)
    return words(page).inner_text()
