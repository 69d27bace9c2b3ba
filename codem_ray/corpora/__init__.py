"""From corpus files to clean instruction pairs."""
