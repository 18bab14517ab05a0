"""environment.yml, pyproject.toml and the lock say the same."""

import subprocess
import tomllib
from pathlib import Path

import yaml


ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())


def test_conda_installs_this_project_with_an_extra_that_exists():
    (pip,) = [
        entry["pip"] for entry in ENVIRONMENT["dependencies"] if isinstance(entry, dict)
    ]

    (line,) = pip
    extra = line.removeprefix("-e .[").removesuffix("]")
    assert extra in PROJECT["optional-dependencies"]


def test_conda_and_pyproject_ask_for_the_same_python():
    (python,) = [
        entry
        for entry in ENVIRONMENT["dependencies"]
        if isinstance(entry, str) and entry.startswith("python=")
    ]

    assert PROJECT["requires-python"] == f">={python.removeprefix('python=')}"


def test_the_lock_holds_what_pyproject_asks_for():
    locked = {
        package["name"]: package
        for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    }
    recorded = locked[PROJECT["name"]]["metadata"]["requires-dist"]
    asked = PROJECT["dependencies"]

    assert {_name(entry) for entry in asked} == {
        entry["name"] for entry in recorded if "marker" not in entry
    }


def _name(requirement: str) -> str:
    for end in "[<>=! ":
        requirement = requirement.split(end, maxsplit=1)[0]
    return requirement


def test_no_lock_names_a_mirror():
    hosts = subprocess.run(
        ["grep", "-ohE", 'https?://[^/"]+', "uv.lock"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert set(hosts) <= {"https://pypi.org", "https://files.pythonhosted.org"}
