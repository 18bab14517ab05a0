"""A start of a kernel that is not recorded does not happen."""

import pytest

from enclave.errors import HostError
from enclave_kernels.start_record import PATH, record_start
from tests.builders.kernel_recorder import recording


@pytest.fixture
def recorder(settings):
    settings.runtime.mkdir(exist_ok=True)
    with recording(settings.runtime / "r.sock") as recorder:
        yield recorder


def test_who_records_is_told_which_kernel(recorder):
    record_start(recorder.path, "python-2026.12")

    assert recorder.asked == [(PATH, {"kernel": "python-2026.12"})]


@pytest.mark.parametrize("answer", [200, 400, 403, 500])
def test_any_other_answer_is_no_record(recorder, answer):
    recorder.answer = lambda _: answer

    with pytest.raises(HostError, match="could not be recorded, so it was not started"):
        record_start(recorder.path, "python-2026.12")


def test_nobody_there_is_no_record(tmp_path):
    with pytest.raises(HostError, match="Close this workspace and open it again"):
        record_start(tmp_path / "nobody.sock", "python-2026.12")
