"""From a completion to the answer in it."""
