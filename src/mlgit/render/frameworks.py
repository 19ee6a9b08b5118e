"""The frameworks that a new repository can be made for: what differs from scikit-learn in what is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mlgit.render.templates import render

REST = b"def folds("
"""What follows in pipeline.py from here on is the same whatever is trained."""


class Framework(Struct, frozen=True, kw_only=True):
    """What a template names: `params` are sections of params.yaml that training depends on, `modules` the files of the model.

    `trusted` are types of its skops files, `untyped` packages without types, `pins` the list below locks/ with its packages.
    `loader`: the model is kept in a form of its own, which `loader.py` loads, and no ONNX is made.
    """

    name: str
    params: list[str] = []
    modules: tuple[str, ...] = ("pipeline",)
    trusted: tuple[str, ...] = ()
    untyped: tuple[str, ...] = ()
    pins: str = ""
    loader: bool = False


FRAMEWORKS = {
    one.name: one
    for one in (
        Framework(name="sklearn", params=["boosting", "forest"]),
        Framework(
            name="lightgbm",
            params=["lightgbm"],
            trusted=(
                "lightgbm.basic.Booster",
                "lightgbm.sklearn.LGBMClassifier",
                "lightgbm.sklearn.LGBMRegressor",
            ),
            untyped=("lightgbm",),
            pins="lightgbm",
        ),
        Framework(
            name="xgboost",
            params=["xgboost"],
            trusted=("xgboost.core.Booster", "xgboost.sklearn.XGBClassifier", "xgboost.sklearn.XGBRegressor"),
            untyped=("onnxmltools", "xgboost"),
            pins="xgboost",
        ),
        Framework(name="pytorch", params=["net"], pins="pytorch"),
        Framework(name="own", modules=("loader", "own"), loader=True),
    )
}
DEFAULT = "sklearn"


def with_framework(files: Mapping[str, bytes], context: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a project with those of its framework in their places."""
    framework: Framework = context["framework"]
    if framework.name == DEFAULT:
        return dict(files)
    own = render("project", context, below=f"frameworks/{framework.name}/files")
    pipeline = f"src/{context['package']}/pipeline.py"
    made = {**files, **own}
    if pipeline in own:
        standing = files[pipeline]
        made[pipeline] = own[pipeline].rstrip(b"\n") + b"\n\n\n" + standing[standing.index(REST) :]
    else:
        del made[pipeline], made["tests/code/test_pipeline.py"]
    return made
