"""An uploaded file made into a plain CSV, in a sandbox, by what nobody need trust.

``program`` and ``readers`` run inside, and are imported by nothing outside; ``room``
starts them, and ``plain_csv`` believes nothing of what they wrote.
"""
