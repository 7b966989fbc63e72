"""Looking through a store for a few: whatever way it is read, the same are found, and what opens no such way is left."""

import pytest

from clicdocteur import sealing
from patients import store
from patients.store import boxes, sifting
from tests.patients.cast import FULL, REACHED, SAID, row

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_batches(monkeypatch):
    """Queries that read two records, so that seven take several and the last one is not full."""
    monkeypatch.setattr(sifting, "BATCH", 2)
    monkeypatch.setattr(sifting, "_NAMES_AFTER", sifting._after(boxes.IDENTITY))


def filed(name: str, appointment: int, pair: sealing.KeyPair) -> store.Named:
    """A record that was opened once."""
    ref = store.put(store.Identity((store.Person(name),)), SAID, REACHED, pair.public, appointment)
    store.open_many({store.Reference(appointment, ref): [pair.private]})
    return appointment, ref


def everybody(content: bytes) -> bool:
    return True


def names(found: dict[int, store.Identity]) -> dict[int, str]:
    return {pk: one.persons[0].last_name for pk, one in found.items()}


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("number", [0, 1, 2, 7])
def test_all_that_is_wanted_is_found_in_batches_of_any_size(pair, small_batches, whole, number):
    named = [filed(f"N{one}", one, pair) for one in range(1, number + 1)]
    found, left = store.sift_names({(pair.private,): named}, everybody, whole=whole)
    assert (names(found), left) == ({one: f"N{one}" for one in range(1, number + 1)}, set())


@pytest.mark.parametrize("whole", [False, True])
def test_what_is_not_wanted_is_not_even_tried(pair, small_batches, whole):
    """Somebody else's records lie among those that are wanted, also under the same key."""
    mine, other = filed("Mine", 1, pair), filed("Other", 2, pair)
    filed("Strange", 3, sealing.generate_key_pair())
    looked: list[bytes] = []
    found, left = store.sift_names({(pair.private,): [mine]}, lambda content: not looked.append(content), whole=whole)
    assert (names(found), left, len(looked)) == ({1: "Mine"}, set(), 1)
    assert store.sift_names({(pair.private,): [other]}, lambda content: False, whole=whole) == ({}, set())


@pytest.mark.parametrize("whole", [False, True])
def test_what_opens_no_such_way_is_left_to_the_slow_one(pair, whole):
    """Sealed still, under another key, named by another appointment: each is left; one that is gone is not."""
    sealed = 1, store.put(FULL, SAID, REACHED, pair.public, 1)
    strange, swapped = filed("Strange", 2, sealing.generate_key_pair()), (4, filed("Swapped", 3, pair)[1])
    gone, here = filed("Gone", 5, pair), filed("Here", 6, pair)
    store.forget([store.Reference(*gone)])
    wanted = {(pair.private,): [sealed, strange, swapped, gone, here]}
    found, left = store.sift_names(wanted, everybody, whole=whole)
    assert (names(found), left) == ({6: "Here"}, {1, 2, 4})


def test_an_emptied_visit_is_in_neither(pair):
    kept, emptied = filed("Kept", 1, pair), filed("Emptied", 2, pair)
    store.empty_visit([store.Reference(*emptied)])
    found, left = store.sift_visits({(pair.private,): [kept, emptied]}, everybody)
    assert (found, left) == ({1: SAID}, set())


def test_a_link_that_is_remembered_is_forgotten_with_its_secret(pair, secrets, settings):
    """The process remembers which record a reference names: not under another server secret, and no changed reference."""
    named = filed("Zoé", 1, pair)
    wanted = {(pair.private,): [named]}
    assert names(store.sift_names(wanted, everybody)[0]) == {1: "Zoé"}
    appointment, ref = named
    bent = {(pair.private,): [(appointment, ref[:-1] + bytes([ref[-1] ^ 1]))]}
    assert store.sift_names(bent, everybody) == ({}, {1})
    secrets(bytes(32))
    assert store.sift_names(wanted, everybody) == ({}, {1})


def test_a_box_in_another_row_is_left(pair):
    """Swapped on the disk: each is bound to its record."""
    one, other = filed("One", 1, pair), filed("Other", 2, pair)
    first, second = row(one[1], 1), row(other[1], 2)
    first.identity_box, second.identity_box = second.identity_box, first.identity_box
    first.save()
    second.save()
    for whole in (False, True):
        assert store.sift_names({(pair.private,): [one, other]}, everybody, whole=whole) == ({}, {1, 2})
