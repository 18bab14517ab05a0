"""What the page of a workspace sees of folders in which user code left links."""

import asyncio

import pytest
from tornado.web import HTTPError

from enclave_hub.workspace.contents import ProjectFiles


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "project"
    root.joinpath("work", "inner").mkdir(parents=True)
    root.joinpath("work", "note.txt").write_text("kept")
    tmp_path.joinpath("secret.txt").write_text("of the server")
    return root


@pytest.fixture
def files(root):
    class HereFiles(ProjectFiles):
        seen = (root,)

    return HereFiles(root_dir=str(root))


LINKS = {
    "out": "../../secret.txt",
    "absolute": "/etc/passwd",
    "a folder": "/etc",
    "the server": "/proc/self/environ",
    "to nothing": "not/there",
    "loop": "loop",
}


@pytest.mark.parametrize("name", LINKS)
def test_a_link_that_leads_nowhere_is_not_there(root, files, name):
    root.joinpath("work", name).symlink_to(LINKS[name])

    for content in (True, False):
        with pytest.raises(HTTPError, match="no such file") as refused:
            asyncio.run(files.get(f"work/{name}", content=content))
        assert refused.value.status_code == 404


def test_such_links_do_not_hide_the_files_beside_them(root, files):
    for name, target in LINKS.items():
        root.joinpath("work", name).symlink_to(target)
    root.joinpath("work", "inside").symlink_to("note.txt")

    listed = asyncio.run(files.get("work"))["content"]

    assert {one["name"] for one in listed} == {"inner", "note.txt", "inside"}


def test_nothing_is_written_through_such_a_link(root, files):
    root.joinpath("work", "out").symlink_to("../../new.txt")
    model = {"type": "file", "format": "text", "content": "x"}

    with pytest.raises(HTTPError, match="no such file"):
        asyncio.run(files.save(model, "work/out"))

    assert not root.parent.joinpath("new.txt").exists()


def test_a_link_within_the_project_is_followed(root, files):
    root.joinpath("work", "inside").symlink_to("note.txt")

    assert asyncio.run(files.get("work/inside"))["content"] == "kept"
