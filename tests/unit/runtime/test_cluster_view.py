"""What Ray tells an autoscaler, as the queue reads it."""

from __future__ import annotations

import pytest

pytest.importorskip("ray", reason="the light install has no Ray")

from ray.core.generated.autoscaler_pb2 import ResourceRequest
from ray.core.generated.common_pb2 import LabelSelectorOperator

from codem_ray.runtime.cluster_view import _selector


def test_the_labels_of_a_request_become_a_label_selector() -> None:
    request = ResourceRequest()
    constraints = request.label_selectors.add().label_constraints
    constraints.add(
        label_key="market",
        operator=LabelSelectorOperator.LABEL_OPERATOR_IN,
        label_values=["spot", "reserved"],
    )
    constraints.add(
        label_key="ray.io/node-id",
        operator=LabelSelectorOperator.LABEL_OPERATOR_NOT_IN,
        label_values=["a", "b"],
    )
    assert _selector(request) == {"market": "in(spot,reserved)", "ray.io/node-id": "!in(a,b)"}
