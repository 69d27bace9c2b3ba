"""Generation: engines that write completions, and the prompts that they are given."""
