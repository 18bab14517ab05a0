"""Pages that list what the code has are complete."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path


ROOT = Path(__file__).parents[2]
PRODUCT = ("enclave", "hub_config", "kernels", "widgets")
ACTION = re.compile(r"[a-z_{}]+\.[a-z_{}]+")
FILES = (".csv", ".json", ".md", ".parquet")


def _modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (ROOT / folder).rglob("*.py")


def _words(module: Path) -> Iterator[str]:
    """Every text in a module; where a value is put into one, it stands as ``{}``."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.JoinedStr):
            parts = (
                p.value if isinstance(p, ast.Constant) else "{}" for p in node.values
            )
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_action_of_the_audit_log_is_in_its_table():
    page = (ROOT / "docs/explanation/audit.md").read_text()
    told = {f"`{name}`" for name in re.findall(r"`([^`]+)`", page)}
    recording = [
        module
        for module in _modules("enclave", "hub_config")
        if "enclave.audit" in module.read_text()
    ]
    actions = {
        f"`{word.replace('{}', 'ACTION')}`"
        for module in recording
        for word in _words(module)
        if ACTION.fullmatch(word) and not word.endswith(FILES)
    }
    of_applications = {"`ACTION.ACTION`", "`ACTION.evidence`"}  # as KIND.ACTION there

    assert len(actions) > 30
    assert actions - of_applications - told == set()


def test_the_page_of_settings_has_the_variables_that_the_code_reads():
    page = (ROOT / "docs/reference/settings.md").read_text()
    told = set(re.findall(r"`(ENCLAVE_[A-Z_]+)`", page))
    read = {
        name
        for module in _modules(*PRODUCT)
        for name in re.findall(r"\bENCLAVE_[A-Z_]+\b", module.read_text())
    }

    assert len(read) > 15
    assert read == told
