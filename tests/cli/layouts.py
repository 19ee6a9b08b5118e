"""Small repositories in layouts of real life: what stands in each, what a change does to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5

Files = Mapping[str, str | bytes | None]
COPY = "cp values.json metrics.json"
VALUES = '{"acc": 0.8, "deep": {"loss": 0.5, "n": 400}, "name": "a", "list": [1, 2]}'
BETTER = '{"acc": 0.9, "deep": {"loss": 0.4, "n": 400}, "name": "b", "list": [1, 3], "new": 1e-3}'


@dataclass(frozen=True)
class Layout:
    """The files of the base and what the head changes (None: it is gone). `added`: files that DVC keeps.

    `unknown`: stages that mlgit may say it cannot tell. `beyond`: files of parameters that mlgit shows and DVC does not: a
    mapping that a template writes as options. `roots`: the folders in which DVC is set up. `left_out`: what Git does not keep,
    though no `.gitignore` says so. `configured`: DVC's own settings. `trained`: the change is trained, too, at the end.
    """

    files: Files
    change: Files = field(default_factory=lambda: {"values.json": BETTER})
    added: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    attributes: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    roots: tuple[str, ...] = ("",)
    left_out: tuple[str, ...] = ()
    configured: str = ""
    trained: bool = True


def one(stage: str, more: str = "", **files: str) -> dict[str, str | bytes | None]:
    return {"dvc.yaml": f"stages:\n  train: {stage}\n{more}", "values.json": VALUES, **files}


def stage(metrics: str = "metrics: [metrics.json: {cache: false}]", more: str = "") -> str:
    return f"{{cmd: {COPY}, deps: [values.json], {metrics}{more}}}"


PARAMS = "depth: 3\nrate: 1e-3\nsize: 400_000\nlayers: [1, 2]\ndeep: {x: {y: 1}}\nflag: true\n"
ODD = "a: 1_000\nb: 0x1F\nc: 0o17\nd: 017\ne: 1e3\nf: yes\ng: no\nh: 1:30\ni: .5\nk: .inf\nl: +1\nm: 1.\nn: 0b11\n"
OTHER = PARAMS.replace("depth: 3", "depth: 4").replace("y: 1", "y: 2").replace("1e-3", "2e-3")
PARAMETERS = ", params: [depth, deep.x, layers, size]"
PYTHON = "lr = 1e-3\nsizes = (1, 2)\nclass Train:\n    epochs = 3\n    def __init__(self):\n        self.seed = 1\n"
FOLDER = "mkdir -p eval/plots && cp values.json eval/metrics.json && cp points.csv eval/plots/p.csv"
EVAL = f"{{cmd: {FOLDER}, deps: [values.json, points.csv], outs: [eval]}}"
POINTS = {"points.csv": "x,y\n1,2\n"}
CRLF = VALUES.replace(", ", ",\r\n")


def old_lock(content: str) -> str:
    """The dvc.lock that DVC 2 writes: no `hash`, and texts hashed with their line ends made the same."""
    digest = md5(content.replace("\r\n", "\n").encode(), usedforsecurity=False).hexdigest()
    entry = f"{{md5: {digest}, size: {len(content)}, path: "
    stages = f"  train: {{cmd: {COPY}, deps: [{entry}values.json}}], outs: [{entry}metrics.json}}]}}\n"
    return f"schema: '2.0'\nstages:\n{stages}"


LARGE = "*.json filter=lfs diff=lfs merge=lfs -text\n"
LFS = {
    "filter.lfs.clean": "git-lfs clean -- %f",
    "filter.lfs.smudge": "git-lfs smudge -- %f",
    "filter.lfs.required": "true",
}
LAYOUTS: dict[str, Layout] = {
    "metrics in git": Layout(one(stage())),
    "metrics in the cache": Layout(one(stage("metrics: [metrics.json]"))),
    "metrics at the top": Layout(one(stage("outs: [metrics.json: {cache: false}]"), "metrics: [metrics.json]\n")),
    "a folder that DVC keeps": Layout(one(EVAL, "metrics: [eval/metrics.json]\nplots: [eval/plots]\n", **POINTS)),
    "a folder of metrics": Layout(
        one("{cmd: mkdir -p out && cp values.json out/a.json && cp values.json out/b.json, deps: [values.json], metrics: [out]}")
    ),
    "parameters": Layout(one(stage(more=PARAMETERS), **{"params.yaml": PARAMS}), {"params.yaml": OTHER, "values.json": BETTER}),
    "parameters at the top": Layout(
        one(stage(), "params: [conf/a.yaml, b.json]\n", **{"conf/a.yaml": PARAMS, "b.json": '{"z": 1, "y": {"x": [1]}}'}),
        {"conf/a.yaml": OTHER, "b.json": '{"z": 2, "y": {"x": [1, 2]}}'},
    ),
    "parameters in TOML": Layout(
        one(stage(more=", params: [p.toml: [a, t.b]]"), **{"p.toml": "a = 1\nc = 2\n[t]\nb = 2.5\n"}),
        {"p.toml": "a = 2\nc = 3\n[t]\nb = 2.50\n"},
    ),
    "parameters in Python": Layout(
        one(stage(more=", params: [hp.py: [lr, Train.epochs, Train.seed]]"), **{"hp.py": PYTHON}),
        {"hp.py": PYTHON.replace("epochs = 3", "epochs = 4").replace("seed = 1", "seed = 2")},
    ),
    "whole files of parameters": Layout(
        one(stage(more=", params: [p.yaml: , q.json: ]"), **{"p.yaml": PARAMS, "q.json": '{"a": {"b": 1}}'}),
        {"p.yaml": OTHER, "q.json": '{"a": {"b": 2}, "c": 1}'},
    ),
    "a pattern of parameters": Layout(
        one(stage(more=', params: ["dep*"]'), **{"params.yaml": "depth: 3\nrate: 1\n"}), {"params.yaml": "depth: 4\nrate: 1\n"}
    ),
    "templates": Layout(
        one("{cmd: 'echo ${depth} ${deep.x.y} ${words.greet} > out', outs: [out]}", "vars: [words: {greet: hi}]\n", **{"params.yaml": PARAMS}),
        {"params.yaml": OTHER},
    ),
    "a mapping in a command": Layout(
        one("{cmd: 'echo ${deep} > out', outs: [out]}", **{"params.yaml": PARAMS}), {"params.yaml": OTHER}
    ),
    "foreach over a list": Layout(
        one("{foreach: [a, b], do: {cmd: 'cp ${item}.txt ${item}.out', deps: ['${item}.txt'], outs: ['${item}.out']}}", **{"a.txt": "1", "b.txt": "2"}),
        {"b.txt": "3"},
    ),
    "foreach over parameters": Layout(
        one("{foreach: '${models}', do: {cmd: 'echo ${key} ${item.n} > ${key}.out', outs: ['${key}.out']}}", **{"params.yaml": "models: {a: {n: 1}, b: {n: 2}}\n"}),
        {"params.yaml": "models: {a: {n: 1}, b: {n: 3}, c: {n: 4}}\n"},
    ),
    "matrix": Layout(
        one("{matrix: {x: [1, 2], y: [p, q]}, cmd: 'echo ${item.x} > ${key}.out', deps: [values.json], outs: ['${key}.out']}")
    ),
    "several roots": Layout(
        {
            **{f"{name}/{path}": text for name in ("a", "b/c") for path, text in one(stage(more=PARAMETERS), **{"params.yaml": PARAMS}).items()},
        },
        {"a/values.json": BETTER, "b/c/params.yaml": OTHER},
    ),
    "a pipeline that reads another": Layout(
        {
            **one(stage("outs: [metrics.json]")),
            "use/dvc.yaml": "stages:\n  use: {cmd: cp ../metrics.json out, deps: [../metrics.json], outs: [out]}\n",
        }
    ),
    "a stage in another folder": Layout(
        {
            "dvc.yaml": "stages:\n  t: {wdir: sub, cmd: cp in.json m.json, deps: [in.json], params: [depth], metrics: [m.json: {cache: false}]}\n",
            "sub/in.json": VALUES,
            "sub/params.yaml": PARAMS,
        },
        {"sub/in.json": BETTER, "sub/params.yaml": OTHER},
    ),
    "data by hand": Layout(
        {"dvc.yaml": "stages:\n  t: {cmd: cp data/a.csv out, deps: [data/a.csv, data/many], outs: [out]}\n", "data/a.csv": "1\n", "data/many/x": "1", "data/many/y/z": "2"},
        {"data/many/y/z": "3"},
        added=("data/a.csv", "data/many"),
    ),
    "a dependency on a folder": Layout(
        {"dvc.yaml": "stages:\n  t: {cmd: ls src > out, deps: [src], outs: [out]}\n", "src/a.py": "1\n", "src/b/c.py": "2\n"},
        {"src/b/d.py": "3\n"},
        unknown=("t",),
    ),
    "rules of dvcignore": Layout(
        {"dvc.yaml": "stages:\n  t: {cmd: ls src > out, deps: [src], outs: [out]}\n", "src/a.py": "1\n", "src/cache/x": "2", "src/no.log": "3", ".dvcignore": "*.log\n!keep.log\n/src/cache/\n"},
        {"src/cache/x": "3", "src/other.log": "4"},
    ),
    "rules of dvcignore and a change that they let pass": Layout(
        {"dvc.yaml": "stages:\n  t: {cmd: ls src > out, deps: [src], outs: [out]}\n", "src/a.py": "1\n", "src/keep.log": "3", ".dvcignore": "*.log\n!keep.log\n"},
        {"src/keep.log": "4"},
    ),
    "line ends that git converts": Layout(one(stage()), attributes="* text=auto eol=crlf\n"),
    "a csv with CRLF": Layout(
        one("{cmd: 'printf \"a,b\\\\r\\\\n1,2\\\\r\\\\n\" > p.csv', deps: [values.json], outs: [p.csv: {cache: false}]}"),
        attributes="* text=auto\n",
    ),
    "always changed": Layout(one(stage(more=", always_changed: true"))),
    "no input": Layout(one("{cmd: 'echo 1 > out', outs: [out]}"), {"dvc.yaml": "stages:\n  train: {cmd: 'echo 2 > out', outs: [out]}\n"}),
    "a list of commands": Layout(
        one("{cmd: [cp values.json out, 'true'], deps: [values.json], outs: [out]}"),
        {"dvc.yaml": "stages:\n  train: {cmd: [cp values.json out, 'true', 'true'], deps: [values.json], outs: [out]}\n"},
    ),
    "metrics of DVCLive": Layout(
        one(
            "{cmd: mkdir -p dvclive/plots/metrics && cp values.json dvclive/metrics.json && printf 'step\\tacc\\n0\\t0.8\\n' > dvclive/plots/metrics/acc.tsv, deps: [values.json], outs: [dvclive/metrics.json: {cache: false}, dvclive/plots: {cache: false}]}",
            "metrics: [dvclive/metrics.json]\nplots: [dvclive/plots/metrics: {x: step}]\n",
        )
    ),
    "metrics in YAML and TOML": Layout(
        one(
            "{cmd: cp m.yaml a.yaml && cp m.toml b.toml, deps: [m.yaml, m.toml], metrics: [a.yaml: {cache: false}, b.toml: {cache: false}]}",
            **{"m.yaml": "acc: 0.8\nn: 1_000\nlist: [1]\n", "m.toml": "loss = 0.5\n[t]\nx = 1\n"},
        ),
        {"m.yaml": "acc: 0.9\nn: 2_000\nlist: [2]\n", "m.toml": "loss = 0.4\n[t]\nx = 2\n"},
    ),
    "a metrics file that holds a list": Layout(one(stage(), **{"values.json": "[1, 2]"}), {"values.json": "[1, 3]"}),
    "metrics with NaN": Layout(one(stage(), **{"values.json": '{"a": NaN, "b": 1}'}), {"values.json": '{"a": 1, "b": Infinity}'}),
    "a frozen stage": Layout(one(stage()), {"dvc.yaml": f"stages:\n  train: {stage(more=', frozen: true')}\n", "values.json": BETTER}),
    "a stage that is gone": Layout(
        one(stage(), "  old: {cmd: echo 1 > old, outs: [old]}\n"), {"dvc.yaml": f"stages:\n  train: {stage()}\n"}
    ),
    "numbers as YAML 1.2 has them": Layout(
        one(stage(more=", params: [a, b, c, d, e, f, g, h, i, k, l, m, n]"), **{"params.yaml": ODD}),
        {"params.yaml": ODD.replace("1_000", "1_001").replace("g: no", "g: off").replace("0x1F", "0x1E")},
    ),
    "a metrics file that nobody keeps": Layout(one(stage(), **{".gitignore": "metrics.json\n"}), unknown=("train",)),
    "a folder of metrics that nobody keeps": Layout(
        one("{cmd: mkdir -p eval && cp values.json eval/metrics.json, deps: [values.json], outs: [eval: {cache: false}]}",
            "metrics: [eval/metrics.json]\n", **{".gitignore": "eval\n"}),
        unknown=("train",),
    ),
    "metrics without stages": Layout(
        {**one(stage()), "dvclive/dvc.yaml": "metrics: [metrics.json]\nplots: [plots/metrics: {x: step}]\n", "dvclive/metrics.json": VALUES,
         "dvclive/plots/metrics/acc.tsv": "step\tacc\n0\t0.8\n"},
        {"dvclive/metrics.json": BETTER, "values.json": BETTER},
    ),
    "plots that are gone": Layout(one(stage(), "plots: [gone.csv, p: {x: a, y: {gone2.csv: b}}]\n")),
    "variables in files": Layout(
        one("{cmd: 'echo ${n} ${deep.x} ${own.z} > out', vars: [own.yaml], outs: [out]}", "vars: [v.yaml, w.json:deep, {n: 3}]\n",
            **{"v.yaml": "q: 1\n", "w.json": '{"deep": {"x": 1}, "other": 2}', "own.yaml": "own: {z: 5}\n"}),
        {"w.json": '{"deep": {"x": 2}, "other": 2}'},
    ),
    "a mapping of a file as options": Layout(
        one("{cmd: 'echo ${train} > out', outs: [out]}", "vars: [v.yaml]\n", **{"v.yaml": "train: {lr: 1e-3, names: [a], inner: {x: 1}}\nnot: 1\n"}),
        {"v.yaml": "train: {lr: 1e-3, names: [a, b], inner: {x: 2}}\nnot: 2\n"},
        beyond=("v.yaml",),
    ),
    "foreach over a file": Layout(
        one("{foreach: '${models}', do: {cmd: 'echo ${item.n} ${seed[0]} > ${key}.out', outs: ['${key}.out']}}", "vars: [v.yaml]\n", **{"v.yaml": "models: {a: {n: 1}, b: {n: 2}}\nseed: [5, 6]\n"}),
        {"v.yaml": "models: {a: {n: 1}, b: {n: 3}}\nseed: [7, 6]\n"},
    ),
    "a mapping as options": Layout(
        one("{cmd: 'echo ${train} > out', params: [train], outs: [out]}", **{"params.yaml": "train: {lr: 1e-3, fast: true, names: [a, 'b c'], more: 1}\n"}),
        {"params.yaml": "train: {lr: 1e-3, fast: false, names: [a, 'b c'], more: 1}\n"},
    ),
    "names that need quotes": Layout(
        {f"2018/the model/{path}": text for path, text in one(stage(more=PARAMETERS), **{"params.yaml": PARAMS}).items()},
        {"2018/the model/params.yaml": OTHER},
    ),
    "outputs with persist, push and a description": Layout(
        one("{cmd: cp values.json out, desc: words, meta: {a: 1}, deps: [values.json], outs: [out: {persist: true, push: false, desc: x, type: model, labels: [a]}]}")
    ),
    "a stage that makes a folder within a folder": Layout(
        one("{cmd: mkdir -p d/in && cp values.json d/in/a.json, deps: [values.json], outs: [d/in]}",
            "  use: {cmd: cp d/in/a.json out, deps: [d/in/a.json], outs: [out]}\n")
    ),
    "a file with a name that is not ASCII": Layout(
        one("{cmd: cp größe.json maße.json, deps: [größe.json], metrics: [maße.json: {cache: false}]}", **{"größe.json": VALUES}), {"größe.json": BETTER}
    ),
    "artifacts and data by hand in a folder": Layout(
        {"dvc.yaml": "artifacts: {m: {path: data/a.csv, type: model}}\nstages:\n  t: {cmd: cp data/a.csv out, deps: [data], outs: [out]}\n", "data/a.csv": "1\n", "data/b.csv": "2\n"},
        {"data/b.csv": "3\n"},
        added=("data",),
    ),
    "a new stage": Layout(one(stage()), {"dvc.yaml": f"stages:\n  train: {stage()}\n  more: {{cmd: cp values.json out, deps: [values.json], outs: [out]}}\n"}),
    "a lock of DVC 2": Layout(one(stage(), **{"values.json": CRLF}), {"dvc.lock": old_lock(CRLF)}),
    "a lock of DVC 2 and a change": Layout(
        one(stage(), **{"values.json": CRLF}), {"dvc.lock": old_lock(CRLF), "values.json": CRLF.replace("0.8", "0.9")}
    ),
    "files that LFS keeps": Layout(one(stage()), attributes=LARGE, settings=LFS),
    "files that LFS keeps and no change": Layout(
        one(stage()), {"dvc.yaml": f"stages:\n  train: {stage()}\n  more: {{cmd: cp metrics.json out, deps: [metrics.json], outs: [out]}}\n"},
        attributes=LARGE, settings=LFS,
    ),
    "a stage for each folder": Layout(
        one("{foreach: [a, b], do: {wdir: 'm/${item}', cmd: cp in.json out.json, deps: [in.json], params: [depth], metrics: [out.json: {cache: false}]}}",
            **{f"m/{name}/{path}": text for name in "ab" for path, text in {"in.json": VALUES, "params.yaml": PARAMS}.items()}),
        {"m/a/in.json": BETTER, "m/b/params.yaml": OTHER},
    ),
    "a matrix over parameters": Layout(
        one("{matrix: {x: '${xs}', y: [p]}, cmd: 'cp ${item.x}.json ${item.x}.out', deps: ['${item.x}.json'], params: ['of.${item.x}'], outs: ['${item.x}.out']}",
            **{"params.yaml": "xs: [a, b]\nof: {a: 1, b: 2}\n", "a.json": VALUES, "b.json": VALUES}),
        {"params.yaml": "xs: [a, b]\nof: {a: 1, b: 3}\n", "a.json": BETTER},
    ),
    "anchors and a merge": Layout(
        {"dvc.yaml": f"stages:\n  train: &same\n    cmd: {COPY}\n    deps: [values.json]\n    metrics: [metrics.json: {{cache: false}}]\n  more: {{<<: *same, cmd: cp values.json more.json, metrics: [more.json: {{cache: false}}]}}\n",
         "values.json": VALUES},
    ),
    "two metrics files with the same names": Layout(
        one("{cmd: cp values.json train.json && cp values.json test.json, deps: [values.json], metrics: [train.json: {cache: false}, test.json: {cache: false}]}")
    ),
}  # fmt: skip
SHORT = (
    "metrics at the top",
    "a folder that DVC keeps",
    "parameters",
    "parameters in Python",
    "foreach over parameters",
    "several roots",
    "data by hand",
    "metrics of DVCLive",
    "variables in files",
    "a metrics file that nobody keeps",
)
"""Those that CI looks at; the others are slow."""
