"""More layouts of real life: what Git does not keep, where DVC is set up, names, templates, caches, data that come by import."""

from __future__ import annotations

from tests.cli.layouts import BETTER, OTHER, PARAMETERS, PARAMS, VALUES, Layout, one, stage

OUT = "{cmd: cp values.json out, deps: [values.json], outs: [out]}"
SOURCE = "{cmd: ls -R lib > out, deps: [lib/src], outs: [out]}"
VERSIONED = """outs:
- path: cloud
  hash: md5
  files:
  - relpath: a.csv
    md5: b026324c6904b2a9cb4b88d6d61c81d1
    size: 2
    cloud: {s3: {etag: aaa, version_id: "1"}}
  - relpath: deep/b.csv
    md5: 26ab0db90d72e28ad0ba1e22ee510510
    size: 2
    cloud: {s3: {etag: bbb, version_id: "2"}}
"""
ANCHORED = (
    "base: &base {rate: 1e-3, deep: {x: 1, y: [1, 2]}}\nbig: {<<: *base, rate: 2}\nword: &w yes\nsame: *w\n"
)
KINDS = (
    "A = -1\nB = -2.5e3\nC = {'a': 1, 'b': {'c': [1, 2]}}\nD = [1, 'x']\nE = None\nF = True\nG = 'text'\nH: int = 3\n"
    "I = [0.1, -1]\nclass Net:\n    width = 8\n    def __init__(self):\n        self.depth = 2\n"
)
KEPT = ("a.py", "keep.tmp", "d.bin", "one/stay.txt", "ab.md", "sub/only_here.txt", "deep/q/x.txt")
PASSED_OVER = (
    "gone.tmp",
    "a.bin",
    "one/left.txt",
    "#odd",
    "a.md",
    "sub/build/y",
    "sub/t.csv",
    "only_here.txt",
    "sub/cache/z",
)
RULES = {
    ".dvcignore": "# words\n*.tmp\n!keep.tmp\nsrc/deep/**/x.txt\n/lib/src/[a-c].bin\nlib/src/one/*\n!lib/src/one/stay.txt\n\\#odd\nlib/src/?.md\nbuild/\n**/cache\n",
    "lib/.dvcignore": "*.csv\n/src/only_here.txt\n",
    **{f"lib/src/{path}": path for path in KEPT},
    **{f"lib/src/{path}": path for path in PASSED_OVER},
}
SUB = {f"sub/{path}": text for path, text in one(stage(more=PARAMETERS), **{"params.yaml": PARAMS}).items()}
ODD_NAMES = '{"a.b": 1, "a b": {"c.d": 2}, "ü": 0.5, "x[0]": 3, "empty": {}}'
EDGES = '{"big": 12345678901234567890, "small": 1e-300, "zero": -0.0, "text": "0.1", "none": null, "yes": true, "huge": 1e400}'
LAYOUTS: dict[str, Layout] = {
    "a stage under another name": Layout(
        {"dvc.yaml": f"stages:\n  train: {OUT}\n", "values.json": VALUES},
        {"dvc.yaml": f"stages:\n  fit: {OUT}\n"},
    ),
    "a record of a stage that is gone with an output that lives": Layout(
        one(stage(), f"  copy: {OUT}\n"),
        {"dvc.yaml": f"stages:\n  train: {OUT}\n", "values.json": BETTER},
    ),
    "patterns of parameters": Layout(
        one(stage(more=', params: ["moon*", c.yaml: ["deep.*", "**.lr", "n?"]]'),
            **{"params.yaml": "moon_size: 400_000\nsun: 1\n", "c.yaml": "deep: {x: 1}\na: {lr: 1}\nn1: 1\nother: 2\n"}),
        {"params.yaml": "moon_size: 400_001\nsun: 2\n", "c.yaml": "deep: {x: 2}\na: {lr: 1}\nn1: 1\nother: 3\n"},
    ),
    "a frozen stage that never ran": Layout(
        one(stage()), {"dvc.yaml": f"stages:\n  train: {stage()}\n  ice: {{cmd: cp metrics.json ice, deps: [metrics.json], outs: [ice], frozen: true}}\n"}, trained=False
    ),
    "settings of DVC that Git does not keep": Layout(one(OUT), left_out=(".dvc/config",)),
    "nothing of DVC's folder in Git": Layout(one(OUT), left_out=(".dvc",)),
    "data of a remote that keeps versions": Layout(
        {"cloud.dvc": VERSIONED, "cloud/a.csv": "1\n", "cloud/deep/b.csv": "2\n", ".gitignore": "/cloud\n",
         "dvc.yaml": "stages:\n  whole: {cmd: ls -R cloud > whole, deps: [cloud], outs: [whole]}\n"
         "  part: {cmd: cp cloud/a.csv part, deps: [cloud/a.csv], outs: [part]}\n", "values.json": VALUES},
    ),
    "parameters inside of a folder that a stage makes": Layout(
        {"dvc.yaml": "stages:\n  write: {cmd: mkdir -p conf && cp p.yaml conf/p.yaml, deps: [p.yaml], outs: [conf]}\n"
         "  use: {cmd: cp conf/p.yaml out, deps: [conf], params: [conf/p.yaml: [depth, deep.x]], outs: [out]}\n", "p.yaml": PARAMS},
        {"p.yaml": OTHER},
    ),
    "metrics of a folder, told in another file": Layout(
        {**one("{cmd: mkdir -p eval/a && cp values.json eval/a/m.json && cp values.json eval/b.json, deps: [values.json], outs: [eval]}"),
         "tell/dvc.yaml": "metrics: [../eval/a/m.json, ../eval/b.json]\nplots: [../eval/a]\n"},
    ),
    "every pattern of dvcignore": Layout({"dvc.yaml": f"stages:\n  t: {SOURCE}\n", **RULES}, {f"lib/src/{path}": "x" for path in PASSED_OVER}),
    "patterns of dvcignore that let pass": Layout({"dvc.yaml": f"stages:\n  t: {SOURCE}\n", **RULES}, {f"lib/src/{path}": "x" for path in KEPT}),
    "dvcignore within data by hand": Layout(
        {"dvc.yaml": "stages:\n  t: {cmd: ls data > out, deps: [data], outs: [out]}\n", "data/a.csv": "1\n", "data/x.log": "2\n", "data/deep/y.log": "3\n", ".dvcignore": "/data/**/*.log\n"},
        {"data/x.log": "4\n"},
        added=("data",),
    ),
    "always changed, and what follows": Layout(
        one("{cmd: cp values.json a, outs: [a], always_changed: true}", "  next: {cmd: cp a b, deps: [a], outs: [b]}\n"), {"values.json": BETTER},
    ),
    "DVC in a folder below": Layout(SUB, {"sub/values.json": BETTER, "sub/params.yaml": OTHER}, roots=("sub",)),
    "DVC in two folders": Layout(
        {f"{top}/{path}": text for top in ("a", "b") for path, text in one(stage(more=PARAMETERS), **{"params.yaml": PARAMS}).items()},
        {"a/values.json": BETTER, "b/params.yaml": OTHER},
        roots=("a", "b"),
    ),
    "DVC at the top and in a folder": Layout({**SUB, **one(stage())}, {"sub/params.yaml": OTHER, "values.json": BETTER}, roots=("", "sub")),
    "parameters with anchors": Layout(
        one(stage(more=", params: [base.deep, big, word, same]"), **{"params.yaml": ANCHORED}), {"params.yaml": ANCHORED.replace("x: 1", "x: 2")}
    ),
    "every kind of value in Python": Layout(
        one(stage(more=", params: [k.py: [A, B, C, D, E, F, G, H, I, Net.width, Net.depth]]"), **{"k.py": KINDS}),
        {"k.py": KINDS.replace("-2.5e3", "-2.5e4").replace("'c': [1, 2]", "'c': [1, 3]").replace("depth = 2", "depth = 3")},
    ),
    "outputs that are links to the cache": Layout(
        {"dvc.yaml": "stages:\n  t: {cmd: mkdir -p d && cp data/a.csv d/x, deps: [data], outs: [d]}\n  u: {cmd: cp d/x u, deps: [d/x], outs: [u]}\n", "data/a.csv": "1\n", "data/b.csv": "2\n"},
        added=("data",),
        configured="[cache]\n    type = symlink\n",
        change={".keep": ""},
    ),
    "a cache elsewhere": Layout(
        {"dvc.yaml": "stages:\n  t: {cmd: ls data > out, deps: [data], outs: [out]}\n  u: {cmd: cp out u, deps: [out], outs: [u]}\n", "data/a.csv": "1\n", "data/deep/b.csv": "2\n"},
        {"data/deep/b.csv": "3\n"},
        added=("data",),
        configured="[cache]\n    dir = ../../elsewhere\n",
    ),
    "paths that templates make": Layout(
        one("{cmd: 'cp ${in} ${to}/m.json', deps: ['${in}'], params: ['${conf}': [depth]], metrics: ['${to}/m.json': {cache: false}]}",
            "vars: [{in: values.json, to: res, conf: conf.yaml}]\nmetrics: ['${to}/m.json']\n", **{"conf.yaml": PARAMS, "res/.keep": ""}),
        {"conf.yaml": OTHER, "values.json": BETTER},
    ),
    "a matrix over mappings": Layout(
        one("{matrix: {m: [{n: a, s: 1}, {n: b, s: 2}], f: '${folds}'}, cmd: 'echo ${item.m.n} ${item.f} > ${key}.out', outs: ['${key}.out']}", **{"params.yaml": "folds: [1, 2]\n"}),
        {"params.yaml": "folds: [1, 3]\n"},
    ),
    "foreach with frozen stages in another folder": Layout(
        {"dvc.yaml": "stages:\n  t: {foreach: {a: {f: x}, b: {f: y}}, do: {wdir: 'w/${key}', frozen: false, cmd: 'cp ${item.f} out', deps: ['${item.f}'], outs: [out]}}\n", "w/a/x": "1", "w/b/y": "2"},
        {"w/b/y": "3"},
    ),
    "an output under another name": Layout(
        one(OUT, "  use: {cmd: cp out end, deps: [out], outs: [end]}\n"),
        {"dvc.yaml": f"stages:\n  train: {OUT.replace('out,', 'out2,').replace('[out]', '[out2]')}\n  use: {{cmd: cp out2 end, deps: [out2], outs: [end]}}\n"},
    ),
    "names of metrics with dots and blanks": Layout(one(stage(), **{"values.json": ODD_NAMES}), {"values.json": ODD_NAMES.replace("0.5", "0.6")}),
    "numbers at the edge": Layout(one(stage(), **{"values.json": EDGES}), {"values.json": EDGES.replace("1e-300", "2e-300").replace("890", "891")}),
    "files of a folder that several read": Layout(
        one("{cmd: mkdir -p d && cp values.json d/a && cp more.txt d/b, deps: [values.json, more.txt], outs: [d]}",
            "  ua: {cmd: cp d/a ua, deps: [d/a], outs: [ua]}\n  ub: {cmd: cp d/b ub, deps: [d/b], outs: [ub]}\n  all: {cmd: ls d > all, deps: [d], outs: [all]}\n", **{"more.txt": "1"}),
        {"more.txt": "2"},
    ),
    "data that an import brings": Layout(
        {"source.csv": "1\n", "data.csv.dvc": "deps:\n- path: source.csv\nouts:\n- path: data.csv\n", ".gitignore": "/data.csv\n",
         "dvc.yaml": "stages:\n  t: {cmd: cp data.csv out, deps: [data.csv], outs: [out]}\n"},
        {"source.csv": "2\n"},
    ),
    "data by hand that somebody edits": Layout(
        {"data/a.csv": "1\n", "b.csv": "1\n", "c.csv": "1\n", "dvc.yaml": "stages:\n  t: {cmd: cat b.csv data/a.csv > out, deps: [b.csv, data/a.csv], outs: [out]}\n"},
        {"b.csv": "2\n", "data/new.csv": "3\n"},
        added=("data", "b.csv", "c.csv"),
    ),
    "other words of the same": Layout(
        one(stage(more=PARAMETERS), **{"params.yaml": PARAMS}),
        {"params.yaml": "# words\nlayers:\n- 1\n- 2\nsize: 400000\nflag: True\ndeep:\n  x:\n    y: 1\nrate: 0.001\ndepth: 3\n",
         "dvc.yaml": "# words\nstages:\n  train:\n    desc: words\n    metrics:\n    - metrics.json:\n        cache: false\n    params:\n    - size\n    - layers\n    - deep.x\n    - depth\n    deps:\n    - ./values.json\n    cmd: >-\n      cp\n      values.json metrics.json\n"},
    ),
    "a command over several lines": Layout(
        {"dvc.yaml": "stages:\n  t:\n    cmd: |\n      cp values.json out\n      echo 1 >> out\n    deps: [values.json]\n    outs: [out]\n  u:\n    cmd: >\n      cp out\n      end\n    deps: [out]\n    outs: [end]\n", "values.json": VALUES},
    ),
    "stages with anchors": Layout(
        one("&t {cmd: cp values.json a, deps: &d [values.json], outs: [a]}", "  more: {<<: *t, cmd: cp values.json b, outs: [b]}\n  last: {cmd: cp values.json c, deps: *d, outs: [c]}\n")
    ),
    "odd names of files": Layout(
        {"dvc.yaml": "stages:\n  the-train_2: {cmd: \"cp 'a b.txt' 'o (1).txt' && cp 'a b.txt' \\\"it's\\\"\", deps: ['a b.txt', '[x].txt'], outs: ['o (1).txt', \"it's\"]}\n", "a b.txt": "1", "[x].txt": "2"},
        {"[x].txt": "3"},
    ),
    "plots of every form": Layout(
        one("{cmd: cp points.csv p.csv && cp points.csv q.csv, deps: [points.csv], plots: [p.csv: {cache: false, x: x, y: y}, q.csv: {template: simple}]}",
            "plots: [p.csv: {x: x, y: y}, both: {x: x, y: {p.csv: y, q.csv: [y]}}, gone.png]\n", **{"points.csv": "x,y\n1,2\n"}),
        {"points.csv": "x,y\n1,3\n"},
    ),
    "an output that stays with Git and one with nobody": Layout(
        one("{cmd: cp values.json kept.json && cp values.json lost.json, deps: [values.json], outs: [kept.json: {cache: false}, lost.json: {cache: false}]}", **{".gitignore": "lost.json\n"}),
        unknown=("train",),
    ),
}  # fmt: skip
SHORT = ("DVC in two folders", "every pattern of dvcignore")
