"""Formats of completion files, one module each; `completion_files.FORMATS` lists them."""
