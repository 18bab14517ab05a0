"""A slow, obvious reading of a question: loops over rows, and nothing of the engine.

It reads the question as the JSON that is kept, so that it shares no code with the
package. What it says was derived from ``docs/reference/question.md`` alone.
"""

from datetime import date, timedelta

from tests.properties.cohort.oracle_events import (
    codes_above,
    enough,
    in_range,
    in_window,
    meant,
)


def find(question, persons, events, ancestors=(), periods=()):
    """Return ``{person: index date or None}`` for a question's JSON document."""
    found = {}
    for person in persons:
        own = [
            {**event, "above": codes_above(event, ancestors)}
            for event in events
            if event["person"] == person["person"] and event["date"] is not None
        ]
        own_periods = [row for row in periods if row["person"] == person["person"]]
        for index in index_dates(question, own, own_periods):
            if fits(question, person, own, own_periods, index):
                found[person["person"]] = index
                break
    return found


def index_dates(question, events, periods):
    """Return the days to try, one after the other."""
    if question["index"] is None:
        return [None]
    around = question["index_observed"]
    found = meant(
        question["index"],
        events,
        lambda event: is_observed(periods, around, event["date"]),
    )
    days = sorted({event["date"] for event in found})
    return days if question["index_rule"] == "first_that_fits" else days[:1]


def fits(question, person, events, periods, index):
    return (
        is_observed(periods, question["population"]["observed"], index)
        and belongs(person, question["population"], index)
        and all(
            meets(criterion, events, index, periods)
            for criterion in question["criteria"]
        )
    )


def belongs(person, population, index):
    born, died = person["birth_date"], person["death_date"]
    if population["sex"] is not None and person["sex"] != population["sex"]:
        return False
    if population["born"] is not None and not in_range(born, population["born"]):
        return False
    if population["alive_at"] is not None:
        day = moment(population["alive_at"], index)
        if born is None or born > day or (died is not None and died < day):
            return False
    if population["birth_year"] is not None:
        first, last = population["birth_year"].values()
        if born is None or not (first or 0) <= born.year <= (last or 9999):
            return False
    return population["age"] is None or has_age(born, population["age"], index)


def is_observed(periods, asked, index):
    """Look for one period that holds each of the days."""
    if asked is None:
        return True
    if asked["from_date"] is not None:
        start = date.fromisoformat(asked["from_date"])
        end = date.fromisoformat(asked["to_date"])
    else:
        start = index - timedelta(days=asked["days_before"] or 0)
        end = index + timedelta(days=asked["days_after"] or 0)
    return any(
        None not in (period["from_date"], period["to_date"])
        and period["from_date"] <= start
        and end <= period["to_date"]
        for period in periods
    )


def hold_both(periods, day, other):
    """Look for one period that holds both days."""
    return any(
        None not in (period["from_date"], period["to_date"])
        and period["from_date"] <= day <= period["to_date"]
        and period["from_date"] <= other <= period["to_date"]
        for period in periods
    )


def has_age(born, asked, index):
    age = age_on(born, moment(asked["at"], index))
    if age is None:
        return False
    low, high = asked["minimum"], asked["maximum"]
    return (low is None or age >= low) and (high is None or age <= high)


def moment(text, index):
    return index if text == "index" else date.fromisoformat(text)


def age_on(born, day):
    """Count the birthdays that have come; None where there is nothing to count."""
    if born is None or born > day:
        return None
    age = 0
    while birthday(born, born.year + age + 1) <= day:
        age += 1
    return age


def birthday(born, year):
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (born.month, born.day) == (2, 29) and not leap:
        return date(year, 3, 1)
    return date(year, born.month, born.day)


def meets(criterion, events, index, periods):
    kind = criterion["kind"]
    if kind in COMBINED:
        parts = criterion.get("criteria") or [criterion["criterion"]]
        met = [meets(part, events, index, periods) for part in parts]
        return COMBINED[kind](criterion, sum(met), len(met))
    if kind == "sequence":
        return follows(criterion["steps"], criterion, events)
    if kind in ("around", "during", "same_contact"):
        return any(
            meets_near(criterion, other, events)
            for other in meant(criterion["anchor"], events)
        )
    if kind == "event":
        return enough(meant(criterion, events), criterion)
    inside = meant(
        criterion["criterion"],
        events,
        lambda event: (
            in_window(event, criterion, index)
            and (not criterion["observed"] or hold_both(periods, event["date"], index))
        ),
    )
    return enough(inside, criterion["criterion"])


# By how many of the parts are met.
COMBINED = {
    "all_of": lambda _, met, parts: met == parts,
    "any_of": lambda _, met, __: met > 0,
    "at_least_of": lambda asked, met, _: met >= asked["number"],
    "not": lambda _, met, __: met == 0,
}


def meets_near(criterion, other, events):
    def inside(event):
        if criterion["kind"] == "around":
            return in_window(event, criterion, other["date"])
        if criterion["kind"] == "same_contact":
            return event["contact"] is not None and event["contact"] == other["contact"]
        last = other["end_date"]
        if last is None or last < other["date"]:
            last = other["date"]
        return other["date"] <= event["date"] <= last

    return enough(meant(criterion["criterion"], events, inside), criterion["criterion"])


def follows(steps, gaps, events, before=None):
    """Try every event of the first step, and go on from there."""
    if not steps:
        return True
    return any(
        (before is None or in_gap((event["date"] - before).days, gaps))
        and follows(steps[1:], gaps, events, event["date"])
        for event in meant(steps[0], events)
    )


def in_gap(days, gaps):
    most = gaps["to_days"]
    return gaps["from_days"] <= days and (most is None or days <= most)
