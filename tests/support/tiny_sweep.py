"""A sweep that trains one source for two epochs, in under a minute."""

SWEEP = """
name: tiny
base_model: {path: starter}
sources: [base, python]
data: {corpora: [{path: starter}], pairs: 60, template: short, max_tokens: 256,
       decontaminate: false}
training: {epochs: 2, learning_rate: 5.0e-4, batch_sequences: 4, micro_batch_sequences: 2,
           warmup_steps: 2, checkpoint_every_steps: 2}
generation: {max_new_tokens: 96, batch_size: 16}
evaluation: {benchmarks: [starter-python, starter-c], limit: 4, gate: false}
"""
