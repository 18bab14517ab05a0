"""What keeps a machine from forking is said each time, and may pass."""

from enclave.sandbox import accounts, fork_trial
from enclave.sandbox.description import Account


def test_only_that_it_can_be_done_is_remembered(monkeypatch, caplog):
    answers = iter(["no memory is left", None])
    monkeypatch.setattr(accounts, "for_dashboards", lambda: Account(999_999, 999_999))
    monkeypatch.setattr(fork_trial, "_tried", lambda _: next(answers))

    said = [fork_trial.why_not() for _ in range(3)]

    assert said == ["no memory is left", None, None]
    assert caplog.text.count("cannot fork kernels now") == 1
