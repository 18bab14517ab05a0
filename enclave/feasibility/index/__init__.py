"""The feasibility index of a snapshot: who has which code, and when.

Persons are ordinals: their place among the person keys of the snapshot. No file of the
index holds a person key, and none of its numbers is shown to anybody as it is.
"""
