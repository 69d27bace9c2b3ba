"""Formats of completion files, one module each.

To add a format, write a module with a CompletionFormat, list it in `completion_files.FORMATS`, and
add a sample file to `tests/unit/scoring/test_completion_formats.py`.
"""
