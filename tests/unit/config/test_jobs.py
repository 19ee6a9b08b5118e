"""What a company says of its runners, image, packages and index: taken where it is safe, refused with its line where it is not."""

from __future__ import annotations

import pytest

from mlgit.config.jobs import Container, RunnerGroup, runner_words
from mlgit.config.reader import read
from mlgit.errors import UsageError

IMAGE = "ghcr.io/acme/train@sha256:" + "a" * 64
WHOLE = f"""\
version: 1
ci:
  container: {{image: "{IMAGE}", options: --gpus all}}
  packages: [libgomp1, "g++=4:14.2.0-1"]
  setup: ci/setup.sh
  index: {{url: "https://packages.example.org/simple", secret: INDEX_TOKEN, environment: packages}}
runners: {{default: {{group: acme/large}}, train: {{group: gpu, labels: [a100]}}}}
models:
  churn: {{ci: {{runner: {{group: gpu}}, minutes: 5, budget: 90}}}}
forge: {{host: enterprise-server}}
"""


def test_everything_a_company_asks_for_is_one_value() -> None:
    made = read(WHOLE)
    assert made.ci.container == Container(image=IMAGE, options="--gpus all")
    assert made.runners.train == RunnerGroup(group="gpu", labels=("a100",))
    assert runner_words(made.runners.train) == ("a100", "gpu")
    assert runner_words(made.runners.default) == ("acme/large",)
    assert runner_words(("linux", "x64")) == ("linux", "x64")
    assert made.models["churn"].ci.budget == 90
    assert made.ci.index is not None
    assert made.ci.index.user == "__token__"


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("ci: {container: {image: ghcr.io/acme/train:latest}}", "ci.container.image", "digest"),
        (f'ci: {{container: {{image: "{IMAGE}", options: "x"}}}}', "ci.container.options", "start with -"),
        (
            f'ci: {{container: {{image: "{IMAGE}", options: "-e ${{{{ secrets.A }}}}"}}}}',
            "ci.container",
            "${{",
        ),
        ('ci: {packages: ["a b"]}', "ci.packages", "apt"),
        ('ci: {packages: ["--option"]}', "ci.packages", "apt"),
        ("ci: {setup: ../outside.sh}", "ci.setup", "path inside the repository"),
        ("ci: {index: {url: http://packages.example.org/simple}}", "ci.index.url", "https"),
        (
            "ci: {index: {url: 'https://user:word@packages.example.org/simple'}}",
            "ci.index.url",
            "without a user",
        ),
        ("ci: {index: {url: 'https://packages.example.org/simple?token=1'}}", "ci.index", "without ?"),
        (
            "ci: {index: {url: 'https://packages.example.org/simple', secret: TOKEN}}",
            "ci.index",
            "environment",
        ),
        (
            "ci: {index: {url: 'https://p.example.org/s', secret: ghp_x, environment: a}}",
            "ci.index.secret",
            "A-Z",
        ),
        ("runners: {default: []}", "runners", "no runner"),
        ("runners: {default: {labels: [a]}}", "runners.default", "group"),
        ('runners: {default: {group: "a$b"}}', "runners.default.group", "runner group"),
        ("forge: {host: gitlab}", "forge.host", "enterprise-server"),
    ],
)
def test_what_could_do_harm_is_refused_with_its_line(text: str, key: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(f"version: 1\n{text}\n")
    assert key in refused.value.message
    assert said in refused.value.message
    assert refused.value.where == "mlgit.yaml:2"
