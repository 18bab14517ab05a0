"""CPR population extracts: who a permit covers, for a purpose that the law knows.

The one thing that leaves with CPR numbers in it. What may stand beside a number depends
on the purpose, the persons are those of the permit, two people release it, and it is
taken once, encrypted, by the one person it is for.
"""
