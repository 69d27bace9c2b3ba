"""What a sweep is, without Ray: its plan, trials, stored results and reports."""
