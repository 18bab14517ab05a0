"""What is seen inside, by looking."""

from pathlib import Path

import pytest

from enclave.sandbox.description import MEBIBYTE, Limits, Mount
from tests.builders.sandbox import ACCOUNT, owned, run_shell


pytestmark = pytest.mark.sandbox


def test_the_root_holds_nothing_but_the_system():
    seen = run_shell("ls /").output.split()

    assert set(seen) <= {
        *("bin", "sbin", "lib", "lib32", "lib64", "libx32"),
        *("usr", "etc", "proc", "dev", "tmp"),
    }


def test_etc_holds_no_more_than_programs_need():
    seen = set(run_shell("ls /etc").output.split())

    assert {"passwd", "group", "hosts", "nsswitch.conf"} <= seen
    assert not seen & {"shadow", "ssh", "ssl", "machine-id", "sudoers"}
    assert len(seen) <= 9


def test_the_person_inside_has_a_name_and_a_home():
    outcome = run_shell("whoami; cd ~ && pwd", environment={"HOME": "/tmp"})

    assert outcome.output.split() == ["researcher", "/tmp"]


def test_a_folder_is_seen_read_only(tmp_path):
    (tmp_path / "a.csv").write_text("1")
    mount = Mount(owned(tmp_path), Path("/project/data"))

    outcome = run_shell(
        "cat /project/data/a.csv; touch /project/data/b; rm -f /project/data/a.csv",
        mounts=(mount,),
    )

    assert outcome.output.startswith("1")
    assert outcome.output.count("Read-only file system") == 2
    assert [file.name for file in tmp_path.iterdir()] == ["a.csv"]


def test_a_writable_folder_takes_what_is_written(tmp_path):
    mount = Mount(owned(tmp_path), Path("/project/work"), writable=True)

    run_shell("echo kept > /project/work/note", mounts=(mount,))

    assert (tmp_path / "note").read_text() == "kept\n"
    if ACCOUNT is not None:
        assert (tmp_path / "note").stat().st_uid == ACCOUNT.uid


def test_a_mount_may_lie_within_another(tmp_path):
    outer, inner = tmp_path / "outer", tmp_path / "inner"
    (outer / "data").mkdir(parents=True)
    inner.mkdir()
    (inner / "x").touch()
    mounts = (Mount(inner, Path("/p/data")), Mount(outer, Path("/p")))

    assert run_shell("ls /p/data", mounts=mounts).output.split() == ["x"]


def test_the_folders_above_a_mount_can_be_passed(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    mount = Mount(owned(closed), Path("/a/b/c"))

    outcome = run_shell("cd /a/b/c && pwd; stat -c %a /a /a/b", mounts=(mount,))

    assert outcome.output.split() == ["/a/b/c", "755", "755"]


@pytest.mark.skipif(
    ACCOUNT is None, reason="only root can mount what others cannot see"
)
def test_the_account_need_not_reach_the_source(tmp_path):
    secret = tmp_path / "mine"
    secret.mkdir(mode=0o700)
    (secret / "data").mkdir(mode=0o755)
    (secret / "data" / "x").touch()

    outcome = run_shell("ls /d", mounts=(Mount(secret / "data", Path("/d")),))

    assert outcome.output.split() == ["x"]


def test_a_link_can_be_shown_as_a_link(tmp_path):
    link = tmp_path / "python"
    link.symlink_to("/usr/bin/python3")

    outcome = run_shell(
        "readlink /opt/python", mounts=(Mount(link, Path("/opt/python"), as_link=True),)
    )

    assert outcome.output.strip() == "/usr/bin/python3"


@pytest.mark.parametrize("folder", ["/tmp", "/dev/shm", "/home"])
def test_a_file_system_in_memory_is_bounded(folder):
    outcome = run_shell(
        f"head -c 9M /dev/zero > {folder}/big; ls -s --block-size=1M {folder}/big",
        mounts=(Mount(None, Path("/home"), writable=True),),
        limits=Limits(tmp_bytes=4 * MEBIBYTE),
    )

    assert "No space left on device" in outcome.output
    assert outcome.output.split()[-2] == "4"


@pytest.mark.parametrize("folder", ["/", "/dev", "/etc", "/usr", "/project"])
def test_everything_else_takes_no_file(folder, tmp_path):
    mount = Mount(tmp_path, Path("/project/data"))

    outcome = run_shell(f"echo x > {folder}/x", mounts=(mount,))

    assert outcome.exit_code != 0
    assert "Read-only" in outcome.output or "Permission denied" in outcome.output
