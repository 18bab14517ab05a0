"""Which events a criterion means, for the oracle: loops over rows."""

import math
from datetime import date

from tests.properties.cohort.oracle_values import has_value, is_abnormal


def meant(criterion, events, inside=lambda _: True):
    """Follow the order of the rules: kind, ever, times, pick, result."""
    pick = criterion["pick"]
    found = [event for event in events if is_of_kind(event, criterion)]
    if pick in ("first_ever", "last_ever"):
        found = on_the_day(found, pick)
    found = [event for event in found if is_dated(event, criterion) and inside(event)]
    if pick in ("first", "last"):
        found = on_the_day(found, pick)
    return [
        event
        for event in found
        if has_value(event, criterion["value"])
        and is_abnormal(event, criterion["abnormal"])
    ]


def on_the_day(events, pick):
    days = sorted(event["date"] for event in events)
    if not days:
        return []
    day = days[0] if pick.startswith("first") else days[-1]
    return [event for event in events if event["date"] == day]


def enough(events, criterion):
    days = {event["date"] for event in events}
    return count_different(events) >= criterion["at_least"] and len(days) >= (
        criterion["at_least_days"] or 1
    )


def in_window(event, window, start):
    day = (event["date"] - start).days
    if window["from_days"] is not None and day < window["from_days"]:
        return False
    return not (window["to_days"] is not None and day > window["to_days"])


def count_different(events):
    kept = []
    for event in events:
        seen = [
            event[name]
            for name in ("code_system", "code", "date", "value", "operator", "unit")
        ]
        # NaN equals itself here, as two empty cells do.
        seen = [
            "NaN" if isinstance(item, float) and math.isnan(item) else item
            for item in seen
        ]
        if seen not in kept:
            kept.append(seen)
    return len(kept)


def is_of_kind(event, criterion):
    if criterion["table"] is not None and event["table"] != criterion["table"]:
        return False
    if criterion["sources"] is not None and event["source"] not in criterion["sources"]:
        return False
    return has_code(event, criterion["codes"])


def is_dated(event, criterion):
    return criterion["dates"] is None or in_range(event["date"], criterion["dates"])


def codes_above(event, ancestors):
    return {
        row["ancestor"]
        for row in ancestors
        if (row["code"], row["code_system"]) == (event["code"], event["code_system"])
    }


def in_range(day, days):
    if day is None:
        return False
    if days["start"] is not None and day < date.fromisoformat(days["start"]):
        return False
    return days["end"] is None or day <= date.fromisoformat(days["end"])


def has_code(event, codes):
    if codes["system"] is not None and event["code_system"] != codes["system"]:
        return False
    taken = False
    for entry in codes["entries"]:
        if event["code"] is None:
            continue
        hit = event["code"] == entry["code"]
        if entry["match"] == "prefix":
            hit = event["code"].startswith(entry["code"])
        if entry["match"] == "descendants":
            hit = hit or entry["code"] in event["above"]
        if hit and entry["exclude"]:
            return False
        taken = taken or hit
    return taken
