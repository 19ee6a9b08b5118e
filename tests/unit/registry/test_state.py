"""Events of tags folded to what is registered; what disagrees is named."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1

from msgspec.structs import replace

from mlgit.registry.names import TagName, parse, parse_lines
from mlgit.registry.record import VersionRecord, message, read
from mlgit.registry.state import Registry
from mlgit.registry.state import fold as fold_parts
from mlgit.registry.tags import Objects, Tag

COMMIT, OTHER = "a" * 40, "b" * 40
RECORD = VersionRecord(
    model="churn", version="v1.0.0", commit=COMMIT, artifact="model", output="model", digest="md5:" + "0" * 32
)


def tag(
    name: str,
    *,
    at: int = 1,
    commit: str = COMMIT,
    annotated: bool = True,
    record: VersionRecord | None = RECORD,
    head: str = "",
) -> Tag:
    parsed = parse(name)
    assert parsed is not None
    if record is not None and not head:
        record = replace(record, version=parsed.version) if record is RECORD else record
        head = message(record, "card")
    if not annotated:
        return Tag(name=parsed, oid=commit, objects=Objects(None, {commit: ("commit", b"tree")}))
    points = f"object {commit}\ntype commit" if commit else f"object {OTHER}\ntype blob"
    raw = f"{points}\ntag {parsed.text}\ntagger Ada <ada@example.org> {at} +0100\n\n{head}"
    return held(parsed, raw.encode())


def held(name: TagName, raw: bytes) -> Tag:
    oid = sha1(name.text.encode() + raw).hexdigest()
    return Tag(name=name, oid=oid, objects=Objects(None, {oid: ("tag", raw)}))


def fold(tags: Sequence[Tag]) -> Registry:
    """What tags come to, as git lists them."""
    objects = Objects(None, {one.oid: one.objects.typed(one.oid) for one in tags})
    return fold_parts(parse_lines("".join(f"{one.oid} refs/tags/{one.name.text}\n" for one in tags)), objects)


def test_versions_in_their_order_and_the_next_one() -> None:
    model = fold([tag("churn@v1.0.0"), tag("churn@v1.10.0"), tag("churn@v1.9.0"), tag("other@v9.0.0")])[
        "churn"
    ]
    assert [one.version for one in model.versions] == ["v1.10.0", "v1.9.0", "v1.0.0"]
    assert model.newest is not None
    assert model.newest.version == "v1.10.0"
    assert model.next_version("patch") == "v1.10.1"


def test_a_deregistered_version_is_inactive_and_its_number_is_spent() -> None:
    model = fold([tag("churn@v1.0.0"), tag("churn@v1.1.0", at=2), tag("churn@v1.1.0!", at=2, record=None)])[
        "churn"
    ]
    assert [one.active for one in model.versions] == [False, True]
    assert model.newest is not None
    assert model.newest.version == "v1.0.0"
    assert model.next_version("minor") == "v1.2.0"
    again = fold(
        [tag("churn@v1.1.0", at=1), tag("churn@v1.1.0!", at=2, record=None), tag("churn@v1.1.0#1", at=3)]
    )
    assert next(again["churn"].versions).active


def test_what_a_tag_says_is_held_against_its_name_and_commit() -> None:
    cases = {
        "version": tag("churn@v2.0.0", record=replace(RECORD, version="v1.0.0-x")),
        "model": tag("other@v1.0.0", record=replace(RECORD, version="v1.0.0")),
        "commit": tag("churn@v1.0.0", commit=OTHER),
    }
    for field, one in cases.items():
        (model,) = fold([one]).values()
        version = next(model.versions)
        assert not version.usable
        assert any(f"says {field}" in error for error in version.errors), field
        assert model.newest is None


def test_what_nobody_registered_is_named() -> None:
    loose = next(fold([tag("churn@v1.0.0", annotated=False)])["churn"].versions)
    assert "lightweight" in loose.errors[0]
    beside = next(fold([tag("churn@v1.0.0"), tag("churn@v1.0.0#1", annotated=False)])["churn"].versions)
    assert "lightweight" in beside.errors[0]
    twice = next(fold([tag("churn@v1.0.0"), tag("churn@v1.0.0#1", at=2, commit=OTHER)])["churn"].versions)
    assert "different commits" in twice.errors[0]
    blob = next(fold([tag("churn@v1.0.0", commit="")])["churn"].versions)
    assert blob.errors == ("it points to no commit",)
    foreign = next(fold([tag("churn@v1.0.0", head="registered by hand\n")])["churn"].versions)
    assert (foreign.record, foreign.errors, foreign.usable) == (None, (), False)


def test_a_broken_line_is_named_and_no_fault() -> None:
    for line in (
        "{",
        "[]",
        '{"form":2}',
        "x" * 70_000,
        message(RECORD, "").split("\n")[2].replace("md5:", "md5!")[15:],
        "[" * 30_000,
    ):
        one = next(fold([tag("churn@v1.0.0", head=f"x\n\nMlgit-Version: {line}\n")])["churn"].versions)
        assert len(one.errors) == 1
        assert "cannot be read" in one.errors[0]


def test_a_tag_whose_object_has_another_name_or_none_that_can_be_read() -> None:
    one = tag("churn@v1.0.0")
    _, good = one.objects.typed(one.oid)
    renamed = held(parse("churn@v1.1.0") or one.name, good)
    assert next(fold([renamed])["churn"].versions).errors == (
        "its object is the tag 'churn@v1.0.0': somebody gave it another name",
    )
    for raw in (b"", b"\xff\n\n", b"object x\n", good.replace(b"tagger Ada", b"tagger ")):
        broken = next(fold([held(one.name, raw)])["churn"].versions)
        assert broken.usable is (raw[:6] == b"object" and len(raw) > 50)


def test_a_message_and_back() -> None:
    assert read(message(RECORD, "## Model card\n")) == RECORD
    assert read(message(RECORD, "").replace("\n", "\r\n")) == RECORD
    assert read("churn\n\nsome words") is None
