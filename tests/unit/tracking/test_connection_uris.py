"""URIs of MLflow's database with characters that a URI escapes."""

from pathlib import Path

import pytest

pytest.importorskip("sqlalchemy", reason="needs the extra train")

from codem_ray.tracking.connection import absolute_uri, database_path


@pytest.mark.parametrize("name", ["a b", "50%20", "#1", "what?", "é", "x?y=z"])
def test_a_path_survives_the_escapes_of_its_uri(tmp_path: Path, name: str) -> None:
    from sqlalchemy import create_engine

    path = tmp_path / name / "mlflow.db"
    path.parent.mkdir()
    uri = absolute_uri(f"sqlite:///{path}")
    assert database_path(uri) == path
    with create_engine(uri).begin() as connection:
        connection.exec_driver_sql("create table t (a)")
    assert path.is_file()


def test_options_after_the_path_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    uri = absolute_uri("sqlite:///mlflow.db?timeout=60&cache=shared")
    assert uri == f"sqlite:///{tmp_path}/mlflow.db?timeout=60&cache=shared"
    assert database_path(uri) == tmp_path / "mlflow.db"
