"""Functions that engines share, and the registry that loads engines."""

from __future__ import annotations

import pytest

from codem_ray.config import GenerationConfig
from codem_ray.errors import ConfigError, EnvironmentLackError, ModelLoadError
from codem_ray.generation.engine import (
    ModelSpec,
    Request,
    check_context,
    end_of_answer,
    sample_seed,
)
from codem_ray.generation.engine_registry import load_engine
from codem_ray.prompting.endings import has_open_fence


def _request(**values: object) -> Request:
    return Request(**{"task_id": "t", "prompt": "p"} | values)  # type: ignore[arg-type]


def test_the_first_of_several_stop_strings_ends_the_answer() -> None:
    request = _request(stop=("\nclass", "\ndef"))
    assert end_of_answer("a\ndef f\nclass", request) == 1
    assert end_of_answer("  return 1\nde", request) is None


def test_the_closing_fence_ends_the_answer_and_is_kept() -> None:
    text = "Sure:\n```python\nx = 1\n```\nBye"
    end = end_of_answer(text, _request(is_fenced=True))
    assert text[:end] == "Sure:\n```python\nx = 1\n```"


def test_an_opening_fence_does_not_end_the_answer() -> None:
    request = _request(is_fenced=True)
    assert end_of_answer("Sure:\n```", request) is None
    assert end_of_answer("Sure:\n```python\nx = '```'", request) is None
    assert end_of_answer("Sure:\n```python\nx = 1\n```", _request()) is None


def test_the_next_fence_closes_the_one_that_the_prompt_opened() -> None:
    request = _request(is_fenced=True, is_fence_open=True)
    assert end_of_answer("x = 1\n```", request) == 9
    assert has_open_fence("Do it\n```python\n")
    assert not has_open_fence("Do\n```\nx\n```\nit\n")


def test_prompts_that_do_not_fit_the_context_are_named_with_a_remedy() -> None:
    with pytest.raises(ConfigError, match=r"Java/3 \(90\).*at most 10"):
        check_context([("Java/3", 90), ("Java/1", 10)], 50, 100)
    with pytest.raises(ConfigError, match=r"fill the model's context"):
        check_context([("Java/3", 100)], 50, 100)
    check_context([("Java/3", 50)], 50, 100)
    check_context([("Java/3", 5000)], 50, None)


def test_a_sample_seed_depends_on_seed_prompt_and_sample_only() -> None:
    first = sample_seed(0, _request(), 0)
    assert first == sample_seed(0, _request(stop=("x",)), 0)
    assert (
        len(
            {
                first,
                sample_seed(1, _request(), 0),
                sample_seed(0, _request(), 1),
                sample_seed(0, _request(prompt="q"), 0),
            }
        )
        == 4
    )


def test_an_unknown_engine_and_a_missing_vllm_are_different_errors() -> None:
    with pytest.raises(ConfigError, match=r"did you mean vllm.*Known: transformers, vllm"):
        load_engine(ModelSpec(path="x"), "vlm")
    try:
        import vllm  # noqa: F401
    except ImportError:
        with pytest.raises(EnvironmentLackError, match=r"pip install .*codem-ray\[vllm\]"):
            load_engine(ModelSpec(path="x"), "vllm")


@pytest.mark.parametrize("content", [None, {}, {"config.json": "{"}])
def test_a_model_that_cannot_be_loaded_is_one_clear_error(tmp_path, content) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "model"
    if content is not None:
        folder.mkdir()
        for name, text in content.items():
            (folder / name).write_text(text)
    with pytest.raises(ModelLoadError, match="cannot load the model"):
        load_engine(ModelSpec(path=str(folder)), GenerationConfig().engine)
