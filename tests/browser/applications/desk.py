"""A person at a browser window of the portal."""

from collections.abc import Callable

from playwright.sync_api import Page

from tests.builders import axe
from tests.conftest import ROOT


class Desk:
    """One person's browser window."""

    def __init__(self, page: Page, address: str, language: str) -> None:
        self.page, self._address, self._language = page, address, language

    def go(self, path: str) -> "Desk":
        joint = "&" if "?" in path else "?"
        self.page.goto(f"{self._address}{path}{joint}language={self._language}")
        return self

    def fill(self, name: str, value: str) -> None:
        self.page.locator(f'[name="{name}"]').fill(value)

    def read(self, name: str) -> str:
        return self.page.locator(f'[name="{name}"]').input_value()

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'select[name="{name}"]').select_option(value)

    def press(self, action: str, reason: str = "") -> None:
        """Press a button of the panel, opening its fold where it has one."""
        button = self.page.locator(f'button[name="action"][value="{action}"]')
        fold = self.page.locator("details", has=button)
        if fold.count():
            fold.locator("summary").click()
            if reason:
                fold.locator("textarea").fill(reason)
        with self.page.expect_navigation():
            button.click()

    def send(self, ending: str, **fields: str) -> None:
        """Fill in a form of the page that leads to an address, and send it."""
        form = self.page.locator(f'form[action$="{ending}"]')
        fold = self.page.locator("details", has=form)
        if fold.count() and not form.is_visible():
            fold.locator("summary").click()
        for name, value in fields.items():
            field = form.locator(f'[name="{name}"]')
            tag = field.evaluate("one => one.tagName")
            field.select_option(value) if tag == "SELECT" else field.fill(value)
        with self.page.expect_navigation():
            form.locator("button").first.click()

    def state(self) -> str:
        badge = self.page.locator(".over .badge").first
        return str(badge.get_attribute("class")).removeprefix("badge ")

    def check(self, name: str) -> None:
        """Nobody is shut out, nothing is cut off, and a picture is kept."""
        assert axe.violations(self.page) == []
        folder = ROOT / "test-results" / "browser"
        folder.mkdir(parents=True, exist_ok=True)
        for width in (400, 1400):
            self.page.set_viewport_size({"width": width, "height": 900})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (name, width)
            file = folder / f"applications-{name}-{self._language}-{width}.png"
            self.page.screenshot(path=file, full_page=True)


Pages = Callable[[str], "Desk"]
