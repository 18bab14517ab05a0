"""What a notebook finds in its work folder, and what of it is kept."""

from pathlib import Path

import pytest

from enclave.archive.run_record import Cause


pytestmark = pytest.mark.sandbox


@pytest.fixture
def work(tmp_path) -> Path:
    folder = tmp_path / "work"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "rates.py").write_text("def rate(n, of):\n    return n / of\n")
    return folder


def test_files_go_in_and_come_out_and_nothing_else_does(execute, work):
    record = execute(
        "import sys; sys.path.append('code')",
        "from rates import rate",
        "import os; os.makedirs('tables')",
        "print(rate(1, 4), file=open('tables/rate.csv', 'w'))",
        "os.symlink('/etc/passwd', 'passwd'); os.mkfifo('pipe')",
        "open('.hidden', 'w').write('x'); os.remove('code/rates.py')",
        work=work,
    )

    assert record.completed
    left = sorted(path.name for path in work.rglob("*") if path.is_file())
    assert left == ["rate.csv"]
    assert (work / "tables" / "rate.csv").read_text() == "0.25\n"


def test_a_run_that_fails_leaves_the_folder_as_it_was(execute, work):
    execute("open('half.csv', 'w').write('1')", "1 / 0", work=work)

    assert [path.name for path in work.rglob("*.*")] == ["rates.py"]


def test_too_many_files_are_a_failure_that_says_so(execute, work):
    record = execute("for n in range(1100): open(f'{n}.txt', 'w').close()", work=work)

    assert record.failure.cause is Cause.ERROR
    assert record.failure.error == "TooManyFiles"
    assert [path.name for path in work.rglob("*.*")] == ["rates.py"]
