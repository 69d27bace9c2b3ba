"""The generator of the starter kit."""
