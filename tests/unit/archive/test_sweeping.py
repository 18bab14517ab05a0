"""What a killed run left goes; what a process works at stays."""

from enclave.archive.locks import lock_of_rerun, lock_of_run
from enclave.archive.sweeping import sweep
from enclave.lock import exclusive


def test_only_what_nobody_works_at_is_removed(settings):
    rerun = settings.archive / "reruns" / "PAC2026Holm" / "0012"
    run = settings.archive / ".runs" / "abc"
    for folder in (rerun, run):
        (folder / ".partial-x" / "data").mkdir(parents=True)
        (folder / ".partial-x" / "data" / "labs.csv").write_text("patient")
    (rerun / "report.json").write_text("{}")

    with (
        exclusive(lock_of_rerun(settings, "PAC2026Holm", 12)),
        exclusive(lock_of_run(settings, "abc")),
    ):
        assert sweep(settings) == 0
    assert sweep(settings) == 2

    assert [one.name for one in rerun.iterdir()] == ["report.json"]
    assert list(run.iterdir()) == []
    assert sweep(settings) == 0
