"""The sweep: what to do, whether it can be done, and doing it."""
