"""The arrows between the packages, held by import-linter."""

import subprocess
import sys
import tomllib
from pathlib import Path


ROOT = Path(__file__).parents[2]


def test_imports_run_one_way():
    linter = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert outcome.returncode == 0, outcome.stdout


def test_every_folder_of_the_domain_has_its_place_in_the_layers():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
        "importlinter"
    ]["contracts"]
    layers = next(c for c in contracts if c["id"] == "one-way")["layers"]
    placed = {name.strip(" ()") for layer in layers for name in layer.split(":")}
    rooms = {
        path.stem
        for path in (ROOT / "enclave").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    } - {"__init__"}

    assert rooms <= placed
