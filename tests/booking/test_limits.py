"""Limits that stop a script and no practice (P9 P10), and links that nobody guesses (P8)."""

from datetime import timedelta

import pytest
from django.http import Http404
from django.test import RequestFactory

from booking import access, limits
from booking.links import TOKEN, link_hash, new_token
from booking.models import Appointment, Counter
from booking.refusals import TooMany
from tests.booking.cast import NOW, Office

# Whose network it is: proxies of ours in front, the peer's address, X-Forwarded-For → the network that counts.
SEEN = [
    (0, "198.51.100.7", "", "198.51.100.7"),
    (0, "198.51.100.7", "203.0.113.9", "198.51.100.7"),
    (1, "127.0.0.1", "203.0.113.9", "203.0.113.9"),
    (1, "127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
    (2, "127.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
    (2, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
    (1, "192.0.2.1", "", "192.0.2.1"),
    (1, "127.0.0.1", "6.6.6.6,, ,203.0.113.9 ", "203.0.113.9"),
    (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
    (0, "2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
    (0, "::ffff:203.0.113.9", "", "203.0.113.9"),
    (0, "", "", "unknown"),
    (1, "127.0.0.1", "<script>", "unknown"),
]


@pytest.mark.parametrize(("proxies", "peer", "forwarded", "network"), SEEN)
def test_only_our_own_proxies_are_believed_about_who_asks(settings, proxies, peer, forwarded, network):
    """P9: whoever writes X-Forwarded-For chooses nothing; one IPv6 subscriber is one network."""
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert limits.network(request) == network


def test_the_limit_lets_so_many_through_and_begins_anew_after_its_window(db, time_machine):
    time_machine.move_to(NOW, tick=False)
    assert [limits.hit("try", "a", limit=3, seconds=60) for _ in range(5)] == [True, True, True, False, False]
    assert limits.hit("try", "b", limit=3, seconds=60)
    assert limits.hit("other", "a", limit=3, seconds=60)
    time_machine.move_to(NOW + timedelta(seconds=59), tick=False)
    assert not limits.hit("try", "a", limit=3, seconds=60)
    time_machine.move_to(NOW + timedelta(seconds=60), tick=False)
    assert limits.hit("try", "a", limit=3, seconds=60)


def test_a_counter_tells_nobody_what_it_counts_and_goes_after_its_window(db, secrets, time_machine):
    """P3: an HMAC under a key of the server secret."""
    time_machine.move_to(NOW, tick=False)
    limits.hit("book", "7", "zenobie@example.org", limit=4, seconds=60)
    counter = Counter.objects.get()
    assert len(bytes.fromhex(counter.tag)) == 32
    secrets(b"\x01" * 32)
    limits.hit("book", "7", "zenobie@example.org", limit=4, seconds=60)
    assert Counter.objects.count() == 2
    assert limits.forget_expired(NOW + timedelta(seconds=59)) == 0
    assert limits.forget_expired(NOW + timedelta(seconds=60)) == 2


@pytest.mark.parametrize("minutes", [0, 1, 37, 59])
def test_a_counter_does_not_say_when_in_the_hour_somebody_booked(office: Office, time_machine, minutes):
    """I3: a time of its own would join the counter to a web server's log, and that to a practitioner."""
    time_machine.move_to(NOW + timedelta(minutes=minutes, seconds=11, microseconds=5), tick=False)
    office.book("11:00", now=NOW + timedelta(minutes=minutes))
    assert Counter.objects.get().expires == NOW + timedelta(days=1, hours=1)


def test_counters_of_one_contact_with_two_practitioners_have_nothing_in_common(db, secrets):
    """I3: the tag takes the practitioner in, so that nothing of the row points to one, and two rows not to one person."""
    for agenda in ("7", "8"):
        limits.hit("book", agenda, "zenobie@example.org", limit=4, seconds=86_400)
    one, other = Counter.objects.values_list("tag", flat=True)
    assert sum(a == b for a, b in zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)) < 8
    assert {column.name for column in Counter._meta.get_fields()} == {"tag", "amount", "expires"}


def test_a_booking_that_was_refused_is_not_counted(office: Office):
    """P10: who asks too often is not kept out for longer by asking."""
    for clock in ("09:00", "09:30", "10:00", "10:30"):
        office.book(clock)
    before = Counter.objects.get().amount
    with pytest.raises(TooMany):
        office.book("11:00")
    assert Counter.objects.get().amount == before == 4


def test_a_link_has_192_random_bits_and_only_its_hash_is_kept(office: Office):
    """P8"""
    tokens = {new_token() for _ in range(3000)}
    assert len(tokens) == 3000
    assert all(TOKEN.fullmatch(token) for token in tokens)
    for place in range(32):
        assert len({token[place] for token in tokens}) == 64, "each character carries six bits"
    booked = office.book()
    kept = bytes(Appointment.objects.get().link_hash or b"")
    assert kept == link_hash(booked.token)
    assert len(kept) == 32
    assert booked.token.encode() not in kept


@pytest.mark.parametrize(
    "change", [str.swapcase, lambda t: t[:-1], lambda t: t + "A", lambda t: t + "\n", lambda t: " " + t]
)
def test_a_link_opens_nothing_when_one_character_is_another(office: Office, change):
    """P8"""
    booked = office.book()
    for opened in (access.by_link, access.held):
        with pytest.raises(Http404):
            opened(change(booked.token))
    assert access.by_link(booked.token).pk == booked.pk


def test_an_unknown_link_a_malformed_one_and_a_hold_s_answer_the_same(office: Office, client):
    """P8: nothing tells a guess that was near. A hold is no visit yet."""
    hold = office.hold("10:00")
    pages = []
    for token in ("A" * 32, "A" * 31, hold):
        answer = client.get(f"/fr/rdv/{token}/")
        assert answer.status_code == 404
        pages.append(answer.content.decode().replace(token, ""))
    assert len(set(pages)) == 1
