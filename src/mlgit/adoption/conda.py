"""Of a Conda environment what Python's own index has, by the names it has there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

NAMES = {
    "black-jupyter": "black",
    "dask-core": "dask",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python-headless",
    "py-opencv": "opencv-python-headless",
    "py-xgboost": "xgboost",
    "py-xgboost-cpu": "xgboost",
    "py-xgboost-gpu": "xgboost",
    "python-graphviz": "graphviz",
    "pytables": "tables",
    "pytorch": "torch",
    "pytorch-cpu": "torch",
    "pytorch-gpu": "torch",
    "seaborn-base": "seaborn",
    "tensorflow-cpu": "tensorflow",
    "tensorflow-gpu": "tensorflow",
}
"""Packages that Conda and Python's index call by another name."""
ELSEWHERE = re.compile(
    r"(?:python|pip|conda|mamba|nodejs|git|git-lfs|make|cmake|ninja|compilers|openjdk|graphviz|ffmpeg|gdal|libgdal|mkl"
    r"|openssl|sqlite|zlib|readline|ncurses|tk|xz|bzip2|ca-certificates|ld_impl_.*|nomkl|blas|openblas"
    r"|pytorch-cuda|pytorch-mutex|cuda.*|cudnn|cudatoolkit|nccl|r|r-.*|bioconductor-.*|_.*|lib.*|gcc.*|gxx.*|.*-compiler)\Z"
)
"""Packages that no index of Python has."""
SPEC = re.compile(r"(?:[\w-]+(?:/[\w-]+)?::)?(?P<name>[A-Za-z0-9_.-]+?)\s*(?P<version>[=<>!~ ].*)?\Z")
EXACT = re.compile(r"\s*(?P<sign>==?)?\s*(?P<version>[0-9](?:[\w.!+]*\w)?)(?P<any>\.?\*)?(?:=[\w.*]+)?\s*\Z")


def from_conda(environment: Mapping[str, Any]) -> Iterator[str]:
    """Yield the requirements of an environment, and comments that name what is left out."""
    dependencies = environment.get("dependencies")
    for one in dependencies if isinstance(dependencies, list) else []:
        if isinstance(one, dict):
            listed = one.get("pip")
            yield from (line for line in listed if isinstance(line, str)) if isinstance(listed, list) else ()
        elif isinstance(one, str):
            yield requirement(one)


def left_out(environment: Mapping[str, Any]) -> list[str]:
    """Return the packages of an environment that only Conda has, Python itself and its installers aside."""
    lines = [line.removeprefix(LEFT) for line in from_conda(environment) if line.startswith(LEFT)]
    return [name for name in lines if name not in ("python", "pip")]


LEFT = "# only Conda has it: "


def requirement(spec: str) -> str:
    """Return a package of Conda as a requirement, a comment for one that Python's index has not."""
    found = SPEC.match(spec.strip())
    name = found["name"].lower() if found else spec.strip()
    if found is None or ELSEWHERE.match(name):
        return LEFT + name
    return NAMES.get(name, name) + version(found["version"] or "")


def version(text: str) -> str:
    """Return a version of Conda's as the standard writes it: `=1.5` is `==1.5.*`, `1.5.1=build` is `==1.5.1`."""
    exact = EXACT.match(text)
    if exact is None:
        return "" if "|" in text or text.strip() in ("", "*") else "".join(text.split())
    built = text.count("=") - (len(exact["sign"]) if exact["sign"] else 0) > 0
    fuzzy = exact["any"] or (exact["sign"] == "=" and not built)
    return f"=={exact['version']}" + (".*" if fuzzy else "")
