"""Renders the report's Jinja templates."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from codem_ray.report.fact_tables import format_fact
from codem_ray.report.matrix_layout import display_name, format_percent

if TYPE_CHECKING:
    from jinja2 import Environment


def render_template(template: str, **values: object) -> str:
    """Render a template of this package; values are escaped unless the template says otherwise."""
    return _environment().get_template(template).render(**values)


def read_asset(name: str) -> str:
    """Return a style sheet or script of this package, to be put into a page as it is."""
    return resources.files("codem_ray.report").joinpath("templates", name).read_text("utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("codem_ray.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": format_percent,
        "display_name": display_name,
        "fact": format_fact,
    }
    return environment
