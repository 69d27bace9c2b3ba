"""Reading sweep files: every mistake has one clear message."""

from __future__ import annotations

from pathlib import Path

import pytest

from codem_ray.config import ExternalModel, bundled_sweeps, load_sweep
from codem_ray.errors import ConfigError

GOOD = """
name: tiny
base_model: {path: starter}
sources: [base, python]
data: {corpora: [{path: starter}]}
evaluation: {benchmarks: [starter-python]}
"""


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return str(path)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    sweep = load_sweep(write(tmp_path, GOOD))
    assert sweep.sources == ("base", "python")
    assert sweep.training.zero_stage == 2


def test_a_misspelt_key_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD + "training: {learning_rat: 1.0e-5}\n")
    with pytest.raises(
        ConfigError, match=r"training\.learning_rat: unknown key; did you mean 'learning_rate'"
    ):
        load_sweep(path)


def test_a_misspelt_section_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"trainin: unknown key; did you mean 'training'"):
        load_sweep(write(tmp_path, GOOD + "trainin: {}\n"))


def test_a_misspelt_key_inside_a_list_names_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("{path: starter}]}", "{path: starter, formt: auto}]}"))
    with pytest.raises(ConfigError, match=r"data\.corpora\.0\.formt: .*'format'"):
        load_sweep(path)


def test_a_wrong_type_shows_the_value(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"training\.epochs: .*'many'"):
        load_sweep(write(tmp_path, GOOD + "training: {epochs: many}\n"))


def test_an_unknown_language_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"pyton.*python"):
        load_sweep(write(tmp_path, GOOD.replace("python]", "pyton]", 1)))


def test_a_source_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="named twice: python"):
        load_sweep(write(tmp_path, GOOD.replace("[base, python]", "[python, py]")))


def test_k_above_the_samples_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD.replace("[starter-python]}", "[starter-python], k: [10]}"))
    with pytest.raises(ConfigError, match=r"k has 10, but generation\.samples is 1"):
        load_sweep(path)


def test_several_greedy_samples_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="samples > 1 needs temperature > 0"):
        load_sweep(write(tmp_path, GOOD), ["generation.samples=4"])
    sweep = load_sweep(
        write(tmp_path, GOOD),
        ["generation.samples=4", "generation.temperature=0.8", "evaluation.k=[1, 4]"],
    )
    assert sweep.evaluation.k == (1, 4)


def test_overrides_set_any_key_and_accept_scientific_notation(tmp_path: Path) -> None:
    sweep = load_sweep(
        write(tmp_path, GOOD), ["training.learning_rate=1e-5", "seeds=[0, 1]", "name=other"]
    )
    assert sweep.training.learning_rate == pytest.approx(1e-5)
    assert (sweep.seeds, sweep.name) == ((0, 1), "other")


def test_a_misspelt_override_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"training\.lr"):
        load_sweep(write(tmp_path, GOOD), ["training.lr=1"])


def test_an_unset_environment_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH_DATA", raising=False)
    path = write(tmp_path, GOOD.replace("path: starter}]", 'path: "${NO_SUCH_DATA}/x.jsonl"}]'))
    with pytest.raises(ConfigError, match="environment variable NO_SUCH_DATA, which is unset"):
        load_sweep(path)


def test_a_missing_file_lists_the_bundled_sweeps() -> None:
    with pytest.raises(ConfigError, match="quickstart"):
        load_sweep("missing.yaml")


def test_a_misspelt_bundled_name_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'quickstart'"):
        load_sweep("quikstart")


@pytest.mark.parametrize("name", sorted(bundled_sweeps()))
def test_every_bundled_sweep_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEM_RAY_DATA", "/data")
    assert load_sweep(name).name == name
    opening = bundled_sweeps()[name].read_text()
    assert opening.startswith("# Shows: ")
    assert "# Costs: " in opening


@pytest.mark.parametrize(
    "override",
    ["data.pairs=true", "evaluation.limit=true", "seeds=[true]", "training.learning_rate=true"],
)
def test_true_is_not_a_number(tmp_path: Path, override: str) -> None:
    with pytest.raises(ConfigError, match="must be a number, not true or false"):
        load_sweep(write(tmp_path, GOOD), [override])


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("training.learning_rate=.inf", "finite"),
        ("training.epochs=1e308", "training.epochs"),
        ("seeds=[99999999999999999999999]", "seeds.0"),
        ("seeds=[-1]", "seeds.0"),
        ("data.pairs=" + "9" * 5000, "not valid YAML"),
        ("evaluation.k=[]", r"evaluation\.k: must name at least one"),
        ("seeds=3", r"seeds: must be a list"),
        ("sources=[3]", r"sources\.0: must be a language, a list of languages, or {name, model}"),
        ("evaluation.benchmarks=[starter-c, starter-c]", "named twice: starter-c"),
    ],
)
def test_values_out_of_range_are_refused(tmp_path: Path, override: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        load_sweep(write(tmp_path, GOOD), [override])


@pytest.mark.parametrize(
    ("override", "line"),
    [
        ("seeds=[1.5]", "seeds.0: Input should be a valid integer"),
        ("sources=[{name: ext, model: 3}]", "sources.0.model: Input should be a valid string"),
        ("sources=[[python, 3]]", "sources.0.1: Input should be a valid string"),
    ],
)
def test_one_mistake_in_a_list_is_reported_once(tmp_path: Path, override: str, line: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load_sweep(write(tmp_path, GOOD), [override])
    lines = str(refusal.value).splitlines()[1:]
    assert len(lines) == 1, lines
    assert lines[0].strip().startswith(line)


def test_an_unknown_language_without_a_similar_one_lists_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no language is called 'rust'\. Known: python"):
        load_sweep(write(tmp_path, GOOD), ["sources=[rust]"])


def test_a_duplicate_key_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)'seeds' is given twice.*line 8"):
        load_sweep(write(tmp_path, GOOD + "seeds: [0]\nseeds: [1]\n"))


def test_merged_mappings_may_override_what_they_merge(tmp_path: Path) -> None:
    text = GOOD + "training: &t {epochs: 1}\n"
    path = write(tmp_path, text.replace("training: &t", "training: {<<: {epochs: 2}, epochs: 1} #"))
    assert load_sweep(path).training.epochs == 1


@pytest.mark.parametrize("text", ["training: &a [*a]\n", "training: " + "[" * 3000 + "\n"])
def test_recursive_and_endlessly_nested_values_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="nested too deeply"):
        load_sweep(write(tmp_path, text))


def test_relative_paths_are_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here" / "model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    overrides = [
        "base_model.path=./gone",
        "sources=[base, {name: ext, model: model}, {name: hub, model: org/model}]",
        "tracking.uri=sqlite:///mlflow.db",
        "storage.path=out",
    ]
    sweep = load_sweep(write(tmp_path, GOOD), overrides)
    here = tmp_path / "here"
    models = [source.model for source in sweep.sources if isinstance(source, ExternalModel)]
    assert sweep.base_model.path == str(here / "gone")
    assert models == [str(here / "model"), "org/model"]
    assert sweep.tracking.uri == f"sqlite:///{here}/mlflow.db"
    assert sweep.storage.path == str(here / "out")


@pytest.mark.parametrize("path", ["s3://", "gs:///", "' '"])
def test_a_storage_path_without_a_folder_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match=r"storage\.path: must name a folder or a bucket"):
        load_sweep("quickstart", [f"storage.path={path}"])


def test_a_storage_uri_with_one_slash_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"storage\.path: has one slash after s3: write s3://b/x"):
        load_sweep("quickstart", ["storage.path=s3:/b/x"])


def test_a_wrong_label_names_the_forms_of_its_value() -> None:
    with pytest.raises(ConfigError, match=r"training_labels\.zone: must be a label.*`in\(a,b\)`"):
        load_sweep("quickstart", ["cluster.training_labels={zone: 'in(a'}"])


@pytest.mark.parametrize("path", ["/x/a #b", "/x/50%20", "%20x", "@x", "/x/what?", "/x/a  b"])
def test_a_path_on_the_command_line_is_taken_as_it_is(path: str) -> None:
    sweep = load_sweep("quickstart", [f"storage.path={path}"])
    assert sweep.storage.path == str(Path(path).resolve())


def test_a_tilde_is_the_home_folder_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    paths = ["storage.path=~/runs", "base_model.path=~/m", "tracking.uri=sqlite:///~/m.db"]
    sweep = load_sweep("quickstart", [*paths, "evaluation.benchmarks=[~/b.jsonl]"])
    assert sweep.storage.path == f"{tmp_path}/runs"
    assert sweep.base_model.path == f"{tmp_path}/m"
    assert sweep.tracking.uri == f"sqlite:///{tmp_path}/m.db"
    assert sweep.evaluation.benchmarks == (f"{tmp_path}/b.jsonl",)


def test_the_home_of_an_unknown_user_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"there is no such user; write \./~nobody-has-this"):
        load_sweep("quickstart", ["storage.path=~nobody-has-this"])


def test_the_cluster_section_is_typed(tmp_path: Path) -> None:
    good = "cluster: {max_nodes: 9, max_gpus: 64, training_labels: {kind: 'in(A100,H100)'}}\n"
    cluster = load_sweep(write(tmp_path, GOOD + good)).cluster
    assert (cluster.max_nodes, cluster.max_gpus, cluster.start_timeout_minutes) == (9, 64, 30.0)
    assert (cluster.placement, cluster.training_labels) == ("PACK", {"kind": "in(A100,H100)"})
    for bad, message in (
        ("placement: STRICT_SPREAD", r"cluster\.placement.*'STRICT_PACK'"),
        ("max_gpus: 0", r"cluster\.max_gpus.*greater than 0"),
        ("start_timeout_minutes: 0", r"cluster\.start_timeout_minutes.*greater than 0"),
        ("training_labels: {kind: 'in('}", r"cluster\.training_labels\.kind"),
        ("max_node: 3", r"did you mean 'max_nodes'"),
    ):
        with pytest.raises(ConfigError, match=message):
            load_sweep(write(tmp_path, f"{GOOD}cluster: {{{bad}}}\n"))


def test_related_pairs_are_those_of_the_languages_unless_the_sweep_names_its_own(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, GOOD)
    pairs = load_sweep(path).evaluation.related_pairs
    assert pairs == {frozenset(("c", "cpp")), frozenset(("javascript", "typescript"))}
    named = load_sweep(path, ["evaluation.related=[[c++, java]]"]).evaluation.related_pairs
    assert named == {frozenset(("cpp", "java"))}
    for wrong, words in (("[[c, c]]", "related to itself"), ("[[c, cobol]]", "cobol")):
        with pytest.raises(ConfigError, match=words):
            load_sweep(path, [f"evaluation.related={wrong}"])
