"""What axe-core finds wrong with a page for those who cannot see it or use a mouse."""

from pathlib import Path

from playwright.sync_api import Frame, Page


_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async (within) => (await axe.run(within || document)).violations
  .flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 200)}`))"""


def violations(page: Page | Frame, within: str = "") -> list[str]:
    """Return every violation of axe's rules, each with the element it is about.

    Parameters
    ----------
    within
        Selector of a part of the page; without it all of it is looked at.
    """
    # Evaluated, not added as an element: the page's own policy would refuse that.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_AXE.read_text())
    found: list[str] = page.evaluate(_RUN, within)
    return found
