"""From clean pairs to packed rows of tokens.

pairs of a store
  |  draw      source_draws, shuffled_answers   which pairs each source gets
  |  encode    prompt_template, store_encoding  token ids of every pair, once for all sources
  v  pack      bin_packing, packed_rows         rows of equal length, ready for training
"""
