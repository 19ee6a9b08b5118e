"""The kustomization of a folder that a cluster follows: what mlgit wrote is known as such, and nothing else is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlgit.deploy.kustomize import kustomization, untouched
from mlgit.deploy.target import Version

DIGITS = st.text("0123456789", min_size=40, max_size=40)
COMMITS = st.one_of(DIGITS, DIGITS.map(lambda text: text[:3] + "e" + text[4:]), st.just("a" * 40))
VERSIONS = st.builds(
    Version,
    artifact=st.sampled_from(["churn", "teams/a=Churn_2", "1e5", "null", "yes"]),
    name=st.just(""),
    version=st.sampled_from(["v1.0.0", "v0.1.2-rc.1+5"]),
    digest=st.sampled_from(["md5:" + "1" * 32, "git:" + "2" * 40]),
    commit=COMMITS,
    image=st.sampled_from(["images.example.org:5000/churn@sha256:" + "2" * 64, "a@sha256:" + "0" * 64]),
)
NAMESPACES = st.sampled_from(["models", "1e5", "on", "2024-01-01"])


def written(namespace: str, versions: list[Version], kserve: bool) -> bytes:
    return kustomization(
        namespace, "deploy/production.yaml", {one.artifact: one for one in versions}, kserve=kserve
    )


@given(NAMESPACES, st.lists(VERSIONS, max_size=3), st.booleans())
def test_what_was_written_is_untouched(namespace: str, versions: list[Version], kserve: bool) -> None:
    assert untouched(written(namespace, versions, kserve))


@given(
    st.lists(VERSIONS, min_size=1, max_size=2),
    st.integers(0, 900),
    st.sampled_from([b" ", b"\n", b"#", b"'"]),
)
def test_blanks_lines_comments_and_quotes_are_edits(
    versions: list[Version], place: int, noise: bytes
) -> None:
    content = written("models", versions, False)
    inside = content.index(b"resources") + place
    edited = content[:inside] + noise + content[inside:]
    assert not untouched(edited)


@given(st.binary(max_size=200))
def test_what_is_no_kustomization_was_not_written(content: bytes) -> None:
    assert not untouched(content)


def test_each_kind_of_edit_is_known() -> None:
    one = Version(
        artifact="churn",
        name="",
        version="v1.0.0",
        digest="md5:" + "1" * 32,
        commit="c" * 40,
        image="i@sha256:" + "2" * 64,
    )
    content = written("models", [one], False)
    for old, new in (
        (b"namespace: models\n", b"namespace: models\ncommonLabels: {a: b}\n"),
        (b"- base/churn.yaml\n", b"- base/churn.yaml\n- extra.yaml\n"),
        (b"newName: i\n", b"newName: j\n"),
        (b"kind: Deployment\n", b"kind: StatefulSet\n"),
        (
            b"/metadata/annotations/mlgit~1version\n      value: v1.0.0",
            b"/metadata/annotations/mlgit~1version\n      value: v1.1.0",
        ),
        (b"# Changes of your own", b"# Changes"),
        (b"\n", b"\r\n"),
    ):
        assert old in content
        assert not untouched(content.replace(old, new, 1)), old
