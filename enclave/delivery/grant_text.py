"""A grant in words, for those who answer for it."""

from textwrap import indent

from enclave.cohort.rendering import describe
from enclave.cohort.wording import Language
from enclave.delivery.grant import Grant


_TEXT = {
    "en": """\
Grant {id} to project {project}, from data request {request}
Persons:
{persons}
Variables: {variables}
Days: {start} to {end}, both included
Dates: {dates}; birth dates to the year{coarser}{near}
Users: {members}
Delivery: {often}, as {formats}, up to and including {last_day}
Issued {day} by {issued_by}{kept}""",
    "da": """\
Bevilling {id} til projekt {project}, efter dataanmodning {request}
Personer:
{persons}
Variable: {variables}
Dage: {start} til {end}, begge inklusive
Datoer: {dates}; fødselsdatoer på året{coarser}{near}
Brugere: {members}
Udlevering: {often}, som {formats}, til og med {last_day}
Udstedt {day} af {issued_by}{kept}""",
}
_WORDS = {
    "en": {
        "real": "as they are",
        "shift": "moved by a number of days of each person's own",
        "month": "to the month",
        "year": "to the year",
        "age_band": "as ten years of age",
        "rare": "without rare values",
        "near": "\nNear the index event: {variable}, day {days_from} to {days_to}",
        "kept": "\nKept also: {place}",
        "once": "once",
        "daily": "daily",
    },
    "da": {
        "real": "som de er",
        "shift": "flyttet et antal dage, som er den enkelte persons eget",
        "month": "på måneden",
        "year": "på året",
        "age_band": "som ti års alder",
        "rare": "uden sjældne værdier",
        "near": "\nKun om indekshændelsen: {variable}, {days_from} til {days_to} dage",
        "kept": "\nOpbevares også: {place}",
        "once": "én gang",
        "daily": "hver dag",
    },
}


def as_text(grant: Grant, language: Language) -> str:
    """Write a grant in English or Danish."""
    words = _WORDS[language]
    return _TEXT[language].format(
        id=grant.id,
        project=grant.project,
        request=grant.request,
        persons=indent(describe(grant.question, language), "  "),
        variables=", ".join(grant.variables),
        start=grant.window.start,
        end=grant.window.end,
        dates=words[grant.date_policy],
        coarser="".join(
            f"; {name} {words[how]}" for name, how in grant.generalise.items()
        ),
        near="".join(words["near"].format(**one.model_dump()) for one in grant.periods),
        members=", ".join(grant.members),
        often=words[grant.refresh],
        formats=", ".join(grant.formats),
        last_day=grant.end,
        day=grant.issued.date(),
        issued_by=grant.issued_by,
        kept=words["kept"].format(place=grant.storage_place)
        if grant.storage == "elsewhere"
        else "",
    )
