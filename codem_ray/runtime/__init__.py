"""All code that runs on Ray."""
