"""A record that goes over to another agenda, and a contact that is put away for some minutes."""

import pytest

from clicdocteur import sealing
from clicdocteur.sealing import KeyPair
from patients import store
from patients.models import PatientRecord
from tests.patients.cast import BARE, FULL, REACHED, SAID, lengths, longest_identity, longest_visit, row

pytestmark = pytest.mark.django_db(databases="__all__")
HERE, THERE = sealing.generate_key_pair(), sealing.generate_key_pair()


def opened(ref: bytes, key: KeyPair) -> store.Record | store.NotOpened:
    return store.open_many({store.Reference(7, ref): [key.private]})[7]


@pytest.mark.parametrize("filed", [False, True])
def test_a_record_goes_over_whole_and_opens_with_the_other_key_alone(filed):
    ref = store.put(FULL, SAID, REACHED, HERE.public, 7)
    if filed:
        opened(ref, HERE)
    there = store.transfer(store.Reference(7, ref), [HERE.private], THERE.public)
    assert opened(there, THERE) == store.Record(FULL, SAID)
    assert isinstance(opened(there, HERE), store.NotOpened)
    assert store.read_contact(store.Reference(7, there)) == REACHED
    assert store.forget([store.Reference(7, ref)]) == 1
    assert PatientRecord.objects.count() == 1


def test_a_record_whose_visit_was_emptied_stays_so():
    ref = store.put(BARE, SAID, REACHED, HERE.public, 7)
    store.empty_visit([store.Reference(7, ref)])
    there = store.transfer(store.Reference(7, ref), [HERE.private], THERE.public)
    assert opened(there, THERE) == store.Record(BARE, None)
    assert store.read_contact(store.Reference(7, there)) is None


@pytest.mark.parametrize("readable", [True, False])
def test_a_corrected_contact_is_taken_over_on_the_way(readable):
    ref = store.put(BARE, SAID, REACHED, HERE.public, 7)
    newer = store.Contact("email", "neu@example.org", "fr", "u" * 32)
    store.correct(store.Reference(7, ref), newer, HERE.public, readable=readable)
    there = store.transfer(store.Reference(7, ref), [HERE.private], THERE.public)
    record = opened(there, THERE)
    assert isinstance(record, store.Record)
    assert record.visit.email == "neu@example.org"
    assert store.read_contact(store.Reference(7, there)) == (newer if readable else None)


def test_without_the_key_or_the_record_nothing_goes_over():
    ref = store.put(BARE, SAID, REACHED, HERE.public, 7)
    with pytest.raises(store.NotOpened):
        store.transfer(store.Reference(7, ref), [THERE.private], THERE.public)
    store.forget([store.Reference(7, ref)])
    with pytest.raises(store.NotOpened):
        store.transfer(store.Reference(7, ref), [HERE.private], THERE.public)
    assert not PatientRecord.objects.exists()


def test_the_longest_fits_wherever_it_goes_and_looks_like_every_other():
    """P4: one length for all rows."""
    longest = store.Contact("email", "\U0001f600" * 254, "fr", "t" * 32)
    ref = store.put(longest_identity("\U0001f600"), longest_visit("\U0001f600"), longest, HERE.public, 7)
    store.put(BARE, SAID, None, HERE.public, 8)
    there = store.transfer(store.Reference(7, ref), [HERE.private], THERE.public)
    store.shelve(store.Reference(7, there), longest, THERE.public)
    assert len(lengths()) == 1
    assert store.take_down(store.Reference(7, there), [THERE.private])
    assert store.read_contact(store.Reference(7, there)) == longest


def test_a_contact_that_was_put_away_is_out_of_the_server_s_sight_and_comes_back_with_the_key():
    """I4"""
    ref = store.put(BARE, SAID, REACHED, HERE.public, 7)
    reference = store.Reference(7, ref)
    store.shelve(reference, REACHED, HERE.public)
    assert store.read_contact(reference) is None
    assert opened(ref, HERE) == store.Record(BARE, SAID)
    with pytest.raises(store.NotOpened):
        store.take_down(reference, [THERE.private])
    assert store.take_down(reference, [THERE.private, HERE.private])
    assert store.read_contact(reference) == REACHED
    assert store.take_down(reference, [HERE.private]) is False


def test_what_is_put_away_is_cleared_and_nothing_else():
    away, kept = (store.Reference(n, store.put(BARE, SAID, REACHED, HERE.public, n)) for n in (7, 8))
    store.shelve(away, REACHED, HERE.public)
    assert store.clear_shelves([away, kept]) == 1
    assert store.clear_shelves([away, kept]) == 0
    assert store.read_contact(kept) == REACHED
    assert store.take_down(away, [HERE.private]) is False


def test_what_is_put_away_does_not_go_over_to_another_agenda():
    ref = store.put(BARE, SAID, REACHED, HERE.public, 7)
    store.shelve(store.Reference(7, ref), REACHED, HERE.public)
    there = store.transfer(store.Reference(7, ref), [HERE.private], THERE.public)
    assert store.take_down(store.Reference(7, there), [THERE.private]) is False
    assert row(there, 7).contact_box
