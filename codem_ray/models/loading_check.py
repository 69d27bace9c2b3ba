"""Loads a model without the values of its weights, to see whether it loads."""

from __future__ import annotations

from codem_ray.errors import ModelLoadError
from codem_ray.models.generation_settings import reduced_generation_config

SHOWN = 3
"""Names of weights in a message."""


def check_loading(path: str, *, trust_remote_code: bool = False) -> None:
    """Refuse a local model whose config and weights do not fit together.

    Only the headers of the weight files are read. Raises ModelLoadError.
    """
    import transformers
    from transformers.utils import logging

    verbosity, has_progress = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        _, info = transformers.AutoModelForCausalLM.from_pretrained(
            path,
            device_map={"": "meta"},
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            # As in training: the model's own choices may need packages, or contradict each other.
            attn_implementation="eager",
            generation_config=reduced_generation_config(path),
            trust_remote_code=trust_remote_code,
        )
    except Exception as error:
        # transformers raises errors of every kind for configs that it cannot use.
        raise ModelLoadError(
            f"{path}: transformers {transformers.__version__} cannot make this model of its "
            f"config.json: {type(error).__name__}: {' '.join(str(error).split())[:300]}; copy "
            "config.json from the original model"
        ) from error
    finally:
        logging.set_verbosity(verbosity)
        if has_progress:
            logging.enable_progress_bar()
    if lost := sorted(info["missing_keys"]):
        raise ModelLoadError(
            f"{path} lacks {len(lost)} of its weights ({', '.join(lost[:SHOWN])}), which would "
            "start at random: download it again"
        )
    if unequal := sorted(info["mismatched_keys"]):
        name, stored, wanted = unequal[0]
        raise ModelLoadError(
            f"{path}: {len(unequal)} weights have another shape than config.json gives them (the "
            f"first is {name}: {list(stored)} instead of {list(wanted)}): copy config.json and the "
            "weights from the same model"
        )
