"""``enclave isolation-report``: whether user code is closed in on this machine."""

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from enclave.errors import IntegrityError
from enclave.sandbox import isolation, red_team, requirements
from enclave.sandbox.fork_trial import why_not
from enclave.sandbox.probes import Finding
from enclave.settings import Settings


@click.command("isolation-report")
@click.option("--json", "as_json", is_flag=True, help="For a machine to read.")
@click.pass_obj
def isolation_report(settings: Settings, *, as_json: bool) -> None:
    """Try from inside a sandbox what must not work, and print the verdicts.

    Safe while the enclave is in use. Ends with an error if anything is open.
    """
    host = requirements.check()
    if host.problems:
        requirements.require()
    findings = isolation.findings(settings)
    if as_json:
        probes = [asdict(finding) for finding in findings]
        attacks = red_team.tried(findings)
        document = {
            "host": {**asdict(host), "no_forks": why_not() or ""},
            "probes": probes,
            "attacks": attacks,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        _print(host, findings, wanted=settings.warm_reruns)
    opened = [finding.probe for finding in findings if not finding.blocked]
    if opened:
        raise IntegrityError(
            f"The sandbox is open at {len(opened)} places: {'; '.join(opened)}. Stop"
            " the enclave and find out what differs on this machine."
        )


def _print(host: requirements.Report, findings: list[Finding], *, wanted: bool) -> None:
    click.echo(f"bubblewrap {host.bubblewrap} · accounts: {host.accounts}")
    click.echo(f"bounded by {host.limits}")
    click.echo(f"re-runs {_start_of_reruns(wanted=wanted)}")
    table = Table("What user code tried", "Verdict", "How it went")
    for finding in findings:
        verdict = "[green]blocked[/]" if finding.blocked else "[bold red]OPEN[/]"
        table.add_row(finding.probe, verdict, finding.detail)
    Console().print(table)
    blocked = sum(finding.blocked for finding in findings)
    click.echo(f"{blocked} of {len(findings)} attempts blocked")
    held = red_team.tried(findings)
    click.echo(
        f"{sum(held.values())} of the {len(held)} attacks of the red team's"
        f" {len(red_team.attacks())} that can be tried here blocked:"
        f" {', '.join(str(n) for n, blocked in held.items() if blocked)}"
    )


def _start_of_reruns(*, wanted: bool) -> str:
    missing = why_not()
    if missing:
        return f"start cold, and cannot be forked here: {missing.rstrip('.')}"
    said = "can be forked from warm parents"
    return said if wanted else f"{said}, but start cold (ENCLAVE_WARM_RERUNS)"
