"""A little work before a hold: checked once, for one agenda and one network, and never the only way (P9 P10 I5)."""

import json
import re
from base64 import b64decode, b64encode
from datetime import timedelta
from html import unescape

import altcha
import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking import limits, proofs
from booking.models import Appointment, Counter, OnlineBooking
from booking.refusals import TooMany, Unproven
from tests.booking.cast import MONDAY, NOW, Office
from tests.booking.pages import TIMES, buttons, is_clean, text

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"
CLOCKS = ["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"]
TIMES_LATER = [(clock, MONDAY + timedelta(days=days)) for days in (1, 2, 3, 4, 7) for clock in CLOCKS]


@pytest.fixture
def few_rounds(monkeypatch) -> None:
    """A task that a test solves at once; its tries are those of the product."""
    monkeypatch.setattr(proofs, "ROUNDS", 1)


@pytest.fixture
def asked(settings, few_rounds, time_machine) -> None:
    """Every hold is asked for its work."""
    settings.HOLD_PROOF = "always"
    time_machine.move_to(NOW, tick=False)


def solve(task: str) -> str:
    """What the worker answers to a task."""
    challenge = altcha.Challenge.from_dict(json.loads(task))
    solution = altcha.solve_challenge(challenge)
    assert solution is not None
    return altcha.Payload(challenge, solution).to_base64()


def answered(office: Office, network: str = HOME) -> str:
    return solve(proofs.task(office.one.pk, network, NOW))


@pytest.mark.usefixtures("asked")
def test_with_its_work_done_one_network_holds_as_many_times_as_ever(office: Office):
    """P9: a hospital behind one address, whoever else fills the stricter cap from there."""
    for clock, day in TIMES_LATER[: proofs.WITHOUT_PER_NETWORK]:
        office.hold(clock, day)
    with pytest.raises(Unproven):
        office.hold("11:30")
    for clock, day in TIMES_LATER[4:12]:
        office.hold(clock, day, proof=answered(office))
    with pytest.raises(TooMany) as full:
        office.hold("11:30", MONDAY + timedelta(days=7), proof=answered(office))
    assert not isinstance(full.value, Unproven)


@pytest.mark.usefixtures("asked")
def test_without_it_other_networks_go_on_and_ten_minutes_later_this_one_does(office: Office, time_machine):
    """I5: no script is needed; the cap is stricter and that is all."""
    for clock, day in TIMES_LATER[: proofs.WITHOUT_PER_NETWORK]:
        office.hold(clock, day)
    office.hold("11:00", network=ELSEWHERE)
    with pytest.raises(Unproven):
        office.hold("11:30")
    later = NOW + timedelta(seconds=proofs.WITHOUT_SECONDS * 2)
    time_machine.move_to(later, tick=False)
    office.hold("11:30", now=later)


@pytest.mark.usefixtures("asked")
def test_many_networks_without_it_leave_half_of_an_agenda_s_holds_to_the_others(office: Office):
    """P9: a hold costs a script with a thousand addresses its work, or does not keep patients out."""
    for number, (clock, day) in enumerate(TIMES_LATER[: proofs.WITHOUT_PER_PRACTITIONER]):
        office.hold(clock, day, network=f"10.0.0.{number}")
    with pytest.raises(Unproven):
        office.hold("11:00", MONDAY + timedelta(days=7), network=ELSEWHERE)
    office.hold("11:00", MONDAY + timedelta(days=7), network=ELSEWHERE, proof=answered(office, ELSEWHERE))


@pytest.mark.usefixtures("asked")
def test_an_answer_counts_once_and_a_refused_hold_has_not_spent_it(office: Office):
    once = answered(office)
    office.hold("09:00", network=ELSEWHERE)
    with pytest.raises(Exception, match="taken"):
        office.hold("09:00", proof=once)
    assert Counter.objects.count() == 2, "what was counted is the hold without an answer"
    office.hold("09:30", proof=once)
    assert Counter.objects.count() == 3
    office.hold("10:00", proof=once)
    assert Counter.objects.count() == 4, "the second time it is a hold without an answer"


def altered(answer: str, **changes: object) -> str:
    """An answer with other parameters under the same signature."""
    said = json.loads(b64decode(answer))
    said["challenge"]["parameters"] |= changes
    return b64encode(json.dumps(said).encode()).decode()


def test_what_is_not_ours_not_for_here_too_old_or_unsolved_counts_as_none(office: Office, asked, secrets, time_machine):
    good = answered(office)
    unsolved = altcha.Payload(altcha.Challenge.from_dict(json.loads(proofs.task(office.one.pk, HOME, NOW))), altcha.Solution(7, "00" * 32))  # fmt: skip
    for wrong in (
        "", "x", "A" * 5000, b64encode(b"[]").decode(), b64encode(b'{"challenge": 3, "solution": {}}').decode(),
        solve(proofs.task(office.one.pk, ELSEWHERE, NOW)), solve(proofs.task(office.two.pk, HOME, NOW)),
        altered(good, cost=1, keyPrefix=""), altered(good, expiresAt=None), altered(good, data={"for": "me"}), unsolved.to_base64(),
    ):  # fmt: skip
        assert not proofs._spend(wrong, office.one.pk, HOME), wrong
    time_machine.move_to(NOW + proofs.LIFETIME + timedelta(seconds=2), tick=False)
    assert not proofs._spend(good, office.one.pk, HOME)
    time_machine.move_to(NOW, tick=False)
    secrets(b"\x01" * 32)
    assert not proofs._spend(good, office.one.pk, HOME), "another instance's"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["challenge", "solution", "parameters", "data", "counter", "derivedKey", "nonce"]), inner, max_size=5),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(said=json_values)
def test_nonsense_is_no_answer_and_no_error(db, said):
    """I8"""
    assert not proofs._spend(b64encode(json.dumps(said).encode()).decode(), 7, HOME)


def test_an_adaptive_instance_asks_while_times_are_taken_in_numbers(office: Office, settings, few_rounds, time_machine):
    """P9: held now or booked in this hour, over the whole instance; in quiet times nothing is asked."""
    assert settings.HOLD_PROOF == "adaptive", "as it comes"
    time_machine.move_to(NOW, tick=False)
    for number, (clock, day) in enumerate(TIMES_LATER[:29]):
        office.hold(clock, day, network=f"10.0.0.{number}")
    assert proofs.task(office.one.pk, HOME, NOW) == ""
    held = Appointment.objects.first()
    OnlineBooking.objects.create(appointment=held, hour=NOW, network_tag=b"0" * 16)
    assert proofs.are_wanted(NOW)
    assert proofs.task(office.two.pk, HOME, NOW) == "", "a page remembers for ten seconds"
    assert json.loads(proofs.task(office.two.pk, HOME, NOW + timedelta(seconds=10)))["parameters"]["cost"] == 1
    assert not proofs.are_wanted(NOW + timedelta(minutes=61))
    settings.HOLD_PROOF = "off"
    assert not proofs.are_wanted(NOW)


# Pages.


def test_no_script_is_loaded_while_nothing_is_asked(client: Client, open_office: Office, settings):
    """I5"""
    for chosen in ("off", "adaptive"):
        settings.HOLD_PROOF = chosen
        answer = client.get(TIMES)
        assert is_clean(answer)
        assert "script-src" not in answer["Content-Security-Policy"]


@pytest.mark.usefixtures("asked")
def test_the_page_brings_its_task_and_only_our_own_two_files_may_run(client: Client, open_office: Office):
    """I5: still no cookie, nothing inline, no other host."""
    answer = client.get(TIMES)
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "worker-src 'self'" in policy
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert "unsafe" not in policy
    assert not answer.cookies
    body = answer.content.decode()
    assert re.findall(r"<script[^>]*>", body) == ['<script type="module" src="/static/js/proof.js">']
    task = re.search(r'data-proof="([^"]+)"', body)
    assert task
    given_answer = solve(unescape(task[1]))
    start = next(iter(buttons(answer).values()))
    for _ in range(proofs.WITHOUT_PER_NETWORK):
        limits.hit(
            "hold without proof, network", "127.0.0.1", limit=proofs.WITHOUT_PER_NETWORK, seconds=proofs.WITHOUT_SECONDS
        )
    refused = client.post(TIMES, {"start": start})
    assert refused.status_code == 429
    assert "Choisissez votre heure encore une fois" in text(refused)
    assert "data-proof" in refused.content.decode(), "the next press brings its work"
    assert client.post(TIMES, {"start": start, "proof": given_answer}).status_code == 303
    assert is_clean(client.get("/fr/"))


@pytest.mark.usefixtures("asked")
def test_a_time_that_moves_asks_for_no_more_work(client: Client, open_office: Office):
    """U4: who lost a time with a form half filled is not stopped."""
    first, second, *_rest = buttons(client.get(TIMES)).values()
    form = client.post(TIMES, {"start": first}).headers["Location"]
    count = Counter.objects.count()
    assert client.post(form, {"start": second}).status_code == 200
    assert Counter.objects.count() == count
    assert Appointment.objects.get().first_cell == int(second)


def test_the_privacy_page_says_which_script_runs_and_when(client: Client, open_office: Office, settings):
    settings.HOLD_PROOF = "off"
    assert "ne lancent aucun script" in text(client.get("/fr/privacy/"))
    settings.HOLD_PROOF = "adaptive"
    assert "ne lancent aucun script" not in text(client.get("/fr/privacy/"))
    assert "Quand les demandes affluent, la page des heures fait faire un petit calcul" in text(client.get("/fr/privacy/"))  # fmt: skip
    settings.HOLD_PROOF = "always"
    assert "La page des heures fait faire un petit calcul" in text(client.get("/fr/privacy/"))
