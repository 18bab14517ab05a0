import stat
from pathlib import Path

import pytest

from enclave.archive.warm_start import warm_starts
from enclave.settings import Settings


def test_a_child_process_gets_the_same_settings(tmp_path: Path):
    settings = Settings.at(tmp_path, runtime=str(tmp_path / "run"), demo=True)

    assert Settings.from_environment(settings.environment()) == settings


def test_everything_lies_below_home_by_default(tmp_path: Path):
    settings = Settings.from_environment({"ENCLAVE_HOME": str(tmp_path)})

    assert settings.database_url == f"sqlite:///{tmp_path}/enclave.db"
    assert settings.kernels == tmp_path / "kernels"
    assert not settings.demo
    assert settings.warm_reruns
    # JupyterHub lower-cases socket paths, and Linux ends them at 107 bytes.
    assert str(settings.runtime) == str(settings.runtime).lower()
    assert len(str(settings.runtime)) < 60


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ({}, True),
        *(({"ENCLAVE_WARM_RERUNS": s}, s == "1") for s in ("1", "0", "", "no")),
    ],
)
def test_no_kernel_is_forked_where_somebody_does_not_want_it(said, on):
    settings = Settings.from_environment(said)

    assert settings.warm_reruns == on
    with warm_starts(settings) as warm:
        assert (warm is not None) == on


def test_the_home_is_its_owners_alone(tmp_path: Path):
    settings = Settings.at(tmp_path / "made")
    settings.claim_home()
    open_to_all = Settings.at(tmp_path / "found")
    open_to_all.home.mkdir(mode=0o755)

    open_to_all.claim_home()

    assert stat.S_IMODE(settings.home.stat().st_mode) == 0o700
    assert stat.S_IMODE(open_to_all.home.stat().st_mode) == 0o700


def test_two_installations_do_not_share_sockets(tmp_path: Path):
    assert Settings.at(tmp_path / "a").runtime != Settings.at(tmp_path / "b").runtime
