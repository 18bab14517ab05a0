"""Pages that follow a worker, or change in part, have loaded what does that."""

import re
from pathlib import Path

import enclave.portal


TEMPLATES = Path(enclave.portal.__file__).parent
MOVES = re.compile(r"\{\{ follow\(\) \}\}|\bhx-")


def whole_pages() -> list[Path]:
    found = TEMPLATES.rglob("*.html")
    return [one for one in found if '{% extends "layout.html" %}' in one.read_text()]


def with_parts(page: Path) -> str:
    """Return a page's text, and that of what it includes."""
    text = page.read_text()
    for name in re.findall(r'\{% include "([^"]+)" %\}', text):
        text += (TEMPLATES / name).read_text()
    return text


def test_pages_that_move_load_the_script():
    moving = [one for one in whole_pages() if MOVES.search(with_parts(one))]

    assert len(moving) >= 6
    script = '{% include "htmx.html" %}'
    assert [one for one in moving if script not in one.read_text()] == []
