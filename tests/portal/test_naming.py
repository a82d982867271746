"""The ids of what is said here hold no number, and are known in the spelling of once too."""

from itertools import pairwise

from spoedplein.domain.privacy import findings
from spoedplein.portal.naming import PREFIX, Name, is_said_by, key_of, name_of

_WHO = ("user-1", "frankeland")


def _name(key: str, *, does: str = "accept") -> Name:
    return name_of(*_WHO, "rijnmond", key=key, said={"does": does})


def test_no_id_holds_a_digit_and_all_are_as_long_as_they_were() -> None:
    for number in range(200):
        name = _name(f"sleutel-{number}")
        assert not any(letter.isdigit() for letter in name.id)
        assert list(findings({"id": name.id})) == []
        assert [len(part) for part in name.id.removeprefix(PREFIX).split("-")] == [24, 12, 12]


def test_different_things_said_have_different_ids() -> None:
    names = [_name("sleutel-1"), _name("sleutel-1", does="decline"), _name("sleutel-2", does="decline")]

    assert [one.key == other.key for one, other in pairwise(names)] == [True, False]
    assert len({name.id for name in names}) == len(names)


def test_an_id_in_hexadecimal_is_the_same_thing_said() -> None:
    name = _name("sleutel-1")
    once = name.hexadecimal()

    assert once.id != name.id
    assert int(once.key + once.said + once.by, 16), "it reads as the digest that it is"
    assert key_of(once.id) == key_of(name.id) == name.key
    assert is_said_by(once.id, *_WHO)
    assert not is_said_by(once.id, "user-2", "frankeland")
    assert (name.spelled_as(once.id), name.spelled_as(name.id)) == (once, name)
    other = _name("sleutel-1", does="decline").hexadecimal()
    assert name.spelled_as(other.id).id != other.id, "said with this key, and something else"
