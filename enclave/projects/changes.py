"""What differs between two versions of a form, said as a reviewer would say it.

Not field by field as text: "adds 2 registers, 3 years and 1 person". Each sentence is
there in both languages, and none holds a count of patients: those pass the gate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from enclave.canonical import digest
from enclave.projects.forms.reading import FORMS


@dataclass(frozen=True)
class Change:
    """One difference, in words."""

    en: str
    da: str


# These have sentences of their own.
_SPECIAL = frozenset(
    {"variables", "window", "group", "end_date", "population", "approvals", "reason"}
)


def between(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Change]:
    """Return what ``after`` changes; a field it leaves out stays as it was."""
    return [
        *_registers(before, after),
        *_variables(before, after),
        *_years(before, after),
        *_people(before, after),
        *_end(before, after),
        *_population(before, after),
        *_approvals(before, after),
        *_texts(kind, before, after),
    ]


def _registers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if "variables" in after:
        old, new = (
            {_table(one) for one in _list(form, "variables")}
            for form in (before, after)
        )
        yield from _added(
            new - old, ("register", "registers"), ("register", "registre")
        )
        yield from _removed(
            old - new, ("register", "registers"), ("register", "registre")
        )


def _variables(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if "variables" in after:
        old, new = ({*_list(form, "variables")} for form in (before, after))
        known = {_table(one) for one in old}
        # Those of a new register are told with it.
        added = {one for one in new - old if _table(one) in known}
        kept = {_table(one) for one in new}
        removed = {one for one in old - new if _table(one) in kept}
        yield from _added(added, ("variable", "variables"), ("variabel", "variable"))
        yield from _removed(
            removed, ("variable", "variables"), ("variabel", "variable")
        )


def _years(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = before.get("window") or {}, after.get("window") or {}
    if not new or old == new:
        return
    span = f"{new.get('start')} \N{EN DASH} {new.get('end')}"
    if not old:
        yield Change(f"sets the period to {span}", f"sætter perioden til {span}")
        return
    years = _length(new) - _length(old)
    if years > 0:
        yield Change(
            f"adds {years} {'year' if years == 1 else 'years'} of data ({span})",
            f"tilføjer {years} års data ({span})",
        )
    elif years < 0:
        yield Change(
            f"removes {-years} {'year' if years == -1 else 'years'} of data ({span})",
            f"fjerner {-years} års data ({span})",
        )
    else:
        yield Change(f"moves the period to {span}", f"flytter perioden til {span}")


def _people(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    if "group" not in after:
        return
    old, new = (
        {one.get("email", "").lower(): one for one in _list(form, "group")}
        for form in (before, after)
    )
    yield from _added(
        {new[one].get("name", one) for one in {*new} - {*old}},
        ("person", "persons"),
        ("person", "personer"),
    )
    yield from _removed(
        {old[one].get("name", one) for one in {*old} - {*new}},
        ("person", "persons"),
        ("person", "personer"),
    )
    for email in sorted({*old} & {*new}):
        role = new[email].get("role", "member")
        if role != old[email].get("role", "member"):
            name = new[email].get("name", email)
            danish = "leder" if role == "leader" else "medlem"
            yield Change(f"makes {name} a {role}", f"gør {name} til {danish}")


def _end(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = before.get("end_date"), after.get("end_date")
    if old and new and old != new:
        longer = new > old
        yield Change(
            f"{'prolongs' if longer else 'shortens'} the project to {new} (was {old})",
            f"{'forlænger' if longer else 'forkorter'} projektet til {new} (før {old})",
        )


def _population(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    old, new = before.get("population"), after.get("population")
    if old and new and _plain(old) != _plain(new):
        yield Change("changes the study population", "ændrer studiepopulationen")


def _approvals(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    old, new = (
        {
            f"{one.get('authority')} {one.get('journal_number', '')}".strip()
            for one in _list(form, "approvals")
        }
        for form in (before, after)
    )
    yield from _added(
        new - old, ("approval", "approvals"), ("godkendelse", "godkendelser")
    )


def _texts(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Change]:
    for name, field in FORMS[kind].model_fields.items():
        if name in _SPECIAL or name not in after or name not in before:
            continue
        more = field.json_schema_extra
        if before[name] != after[name] and isinstance(more, dict):
            english, danish = str(more["title_en"]), str(more["title_da"])
            yield Change(f"rewrites “{english}”", f"omskriver “{danish}”")


def _added(
    names: set[str], english: tuple[str, str], danish: tuple[str, str]
) -> Iterator[Change]:
    yield from _told(names, ("adds", *english), ("tilføjer", *danish))


def _removed(
    names: set[str], english: tuple[str, str], danish: tuple[str, str]
) -> Iterator[Change]:
    yield from _told(names, ("removes", *english), ("fjerner", *danish))


def _told(
    names: set[str], english: tuple[str, str, str], danish: tuple[str, str, str]
) -> Iterator[Change]:
    if names:
        count, listed = len(names), ", ".join(sorted(names)[:6])
        dots = ", …" if count > 6 else ""
        said = [
            f"{verb} {count} {one if count == 1 else many} ({listed}{dots})"
            for verb, one, many in (english, danish)
        ]
        yield Change(*said)


def _list(form: Mapping[str, Any], name: str) -> list[Any]:
    found = form.get(name)
    return found if isinstance(found, list) else []


def _table(variable: str) -> str:
    return variable.partition(".")[0]


def _length(window: Mapping[str, str]) -> int:
    """Return how many years a window spans, part of a year counted as one."""
    start, end = (date.fromisoformat(window[name]) for name in ("start", "end"))
    return -(-((end - start).days + 1) // 366)


def _plain(population: Mapping[str, Any]) -> str:
    return digest(dict(population))
