"""What lies ready in a workspace when it opens."""

import json
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from enclave_hub.workspace import welcome
from enclave_hub.workspace.folders import lay_ready, project_mounts


FACTS = {
    "project": "hiv-lipids",
    "title": "Lipids in HIV",
    "leader": "Rikke",
    "members": ["Rikke"],
    "grants": [
        {
            "id": "G7-1",
            "until": "2028-06-30",
            "variables": ["lab.value"],
            "from": "2010-01-01",
            "to": "2024-12-31",
            "text": {"en": "Grant G7-1", "da": "Bevilling G7-1"},
        }
    ],
    "delivery": None,
    "deadlines": [{"day": "2028-06-30", "days": 9, "en": "It ends", "da": "Slut"}],
}


@pytest.fixture
def work(settings):
    folder = settings.projects / "hiv-lipids" / "shared" / "work"
    folder.mkdir(parents=True)
    return folder


def lay(settings, facts=FACTS):
    lay_ready(settings, "hiv-lipids", "rikke", facts, None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("welcome.ipynb", "Grant **G7-1**, until **2028-06-30** It ends."),
        (
            "velkommen.ipynb",
            "Bevilling **G7-1**, til og med **2028-06-30** Slut.",
        ),
    ],
)
def test_the_notebook_is_made_from_the_grant(settings, work, name, said):
    lay(settings)

    node = nbformat.read(work / name, as_version=4)
    nbformat.validate(node)
    text = "\n".join(cell.source for cell in node.cells)
    for words in ("Lipids in HIV", *said.split(), "lab.value", "outbox"):
        assert words in text
    assert node.metadata.kernelspec.name == "python-2026.12"


def test_a_file_of_the_person_is_never_written_over(settings, work):
    (work / "welcome.ipynb").write_text("mine")

    lay(settings)

    assert (work / "welcome.ipynb").read_text() == "mine"


def test_a_notebook_that_was_deleted_does_not_come_back(settings, work):
    lay(settings)
    (work / "welcome.ipynb").unlink()

    lay(settings)

    assert not (work / "welcome.ipynb").exists()


def test_nothing_is_written_through_a_link(settings, work, tmp_path):
    (work / "welcome.ipynb").symlink_to(tmp_path / "elsewhere")

    lay(settings)

    assert not (tmp_path / "elsewhere").exists()
    assert (work / "welcome.ipynb").is_symlink()


@pytest.mark.usefixtures("work")
def test_the_documents_follow_the_grant_and_are_read_only_inside(settings):
    lay(settings)
    mounts = project_mounts(settings, "hiv-lipids", "rikke", None)
    (about,) = [mount for mount in mounts if str(mount.target) == "/project/about"]

    assert not about.writable
    assert sorted(path.name for path in about.source.iterdir()) == [
        "G7-1.da.txt",
        "G7-1.txt",
        "project.json",
    ]
    lay(settings, {**FACTS, "grants": []})
    assert [path.name for path in about.source.iterdir()] == [welcome.PROJECT]
    assert json.loads((about.source / welcome.PROJECT).read_text())["grants"] == []


def test_without_a_grant_the_notebook_says_so(settings, work):
    lay(settings, {**FACTS, "grants": []})

    assert "No grant holds today" in (work / "welcome.ipynb").read_text()
    danish = json.loads((work / "velkommen.ipynb").read_text())["cells"]
    assert "Ingen bevilling gælder i dag" in danish[0]["source"]


@pytest.mark.usefixtures("work")
def test_documents_that_say_so_already_are_left_alone(settings):
    lay(settings)
    file = settings.projects / "hiv-lipids" / "about" / "rikke" / welcome.PROJECT
    before = file.stat().st_ino
    lay(settings)
    assert file.stat().st_ino == before
    lay(settings, {**FACTS, "title": "Lipids"})
    assert json.loads(file.read_text())["title"] == "Lipids"


@pytest.mark.usefixtures("work")
def test_a_member_may_open_a_workspace_twice_at_once(settings):
    wanted = [FACTS, {**FACTS, "grants": []}] * 20
    with ThreadPoolExecutor(4) as both:
        list(both.map(lambda facts: lay(settings, facts), wanted))
    lay(settings)
    about = settings.projects / "hiv-lipids" / "about" / "rikke"
    assert len(list(about.iterdir())) == 3
