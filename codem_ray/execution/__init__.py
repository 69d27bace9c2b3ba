"""Judge answers by running them against their tests."""
