"""What the documentation says is what there is."""

import re
from pathlib import Path

import pytest

from enclave.cli.commands_page import page


ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [
    *sorted(path for path in DOCS.rglob("*.md") if "_build" not in path.parts),
    *sorted(ROOT.glob("*.md")),
]


def test_every_command_is_documented():
    # Written anew with:
    # python -m enclave.cli.commands_page docs/reference/commands.md
    assert (DOCS / "reference" / "commands.md").read_text() == page()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path):
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text())

    here = [link for link in links if "://" not in link]
    assert [link for link in here if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_test_that_is_named_exists(path: Path):
    named = re.findall(r"`(tests/[\w/.]+?)(?:::(\w+))?`", path.read_text())

    for file, function in named:
        assert (ROOT / file).exists(), file
        assert not function or f"def {function}(" in (ROOT / file).read_text(), function
