"""Work that is done once an hour, however often it is asked for."""

from enclave.jobs.hourly import Hourly


def test_it_is_done_at_once_and_then_not_before_the_hour_is_over():
    done = []
    hourly = Hourly("nothing was done", lambda: done.append(1) or 7)

    assert [hourly.look() for _ in range(3)] == [7, 0, 0]
    hourly._due -= 3_601
    assert hourly.look() == 7
    assert len(done) == 2


def test_a_fault_of_the_disk_is_told_and_ends_nothing(caplog):
    def fail() -> int:
        raise OSError("no space left")

    assert Hourly("nothing was swept", fail).look() == 0
    assert "nothing was swept: OSError" in caplog.text
