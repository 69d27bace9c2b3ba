"""From corpus files to clean instruction pairs.

The path of one row, with the module that handles each step (`build.py` runs all of them):

    corpus file or hub dataset             corpus_files, hub_datasets
      |  read       -> RawRow              raw_rows, json_arrays
      |  parse      -> Pair, unlabelled    row_formats
      |  label      -> Pair                language_labels (words, signs, detection)
      |  check      -> None or DroppedRow  cleaning (syntax_flaws, decontamination, near_duplicates)
      v
    pairs.parquet and its index            pair_store, pair_index (counts: build_facts)
    dropped.parquet

Every row ends as a `Pair` that is kept or as a `DroppedRow` with its reason.
"""
