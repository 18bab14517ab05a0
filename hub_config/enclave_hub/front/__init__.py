"""What stands between a browser and a workspace: the shell page, and a filter.

A page of a workspace shows what user code wrote, so its scripts are user code. It lies
on an origin of its own, inside the sandboxed frame of a page on the hub's origin, the
*shell*. All that passes between the two goes through the filter, which runs outside the
sandbox: whatever happens inside, the browser is told the same.
"""
