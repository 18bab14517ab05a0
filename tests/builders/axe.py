"""What axe-core finds wrong with a page for those who cannot see it or use a mouse."""

from pathlib import Path

from playwright.sync_api import Page


_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => (await axe.run(document)).violations
  .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 200)}`))"""


def violations(page: Page) -> list[str]:
    """Return every violation of axe's rules, each with the element it is about."""
    # Evaluated, not added as an element: the page's own policy would refuse that.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_AXE.read_text())
    found: list[str] = page.evaluate(_RUN)
    return found
