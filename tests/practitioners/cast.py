"""Who plays in the tests of keys and of the agenda: Alice holds Dr One's agenda, Bruno Dr Two's, Chloé neither."""

from dataclasses import dataclass, field

from practitioners import keys
from practitioners.models import AgendaKey, KeyHolder, Location, Practice, Practitioner, Staff

PASSWORD = "Framboise-1789-été"


def practice(**fields: object) -> Practice:
    """One where the password alone signs in, that never closes, and whose veil waits for half an hour.

    The tests of the second factor, of the hour of closing and of the veil ask for what they need.
    """
    given = {"name": "Cabinet des Lilas", "address": "3 rue des Lilas\n75020 Paris", "requires_second_factor": False}
    given |= {"veil_after": 30, "closes_minute": None}
    return Practice.objects.create(**{**given, **fields})


def practitioner(of: Practice, slug: str, **fields: object) -> Practitioner:
    return Practitioner.objects.create(
        **{"practice": of, "slug": slug, "name": f"Dr {slug.title()}", "speciality": "Médecin généraliste", **fields}
    )


def staff(login: str, password: str = PASSWORD, **fields: object) -> Staff:
    member = Staff.objects.create(**{"login": login, "name": login.title(), **fields})
    keys.enrol(member, password)
    return member


def private_of(member: Staff, password: str = PASSWORD) -> bytes:
    private = keys.unlock(member, password)
    assert private is not None
    return private


def holder_of(member: Staff) -> KeyHolder:
    return KeyHolder.objects.get(staff=member)


@dataclass
class House:
    """One practice, two practitioners with keys, and the cast of three."""

    practice: Practice = field(default_factory=practice)

    def __post_init__(self) -> None:
        self.location = Location.objects.create(
            practice=self.practice, label="Rue des Lilas", address="3 rue des Lilas"
        )
        self.one, self.two = (practitioner(self.practice, slug, position=n) for n, slug in enumerate(("un", "deux")))
        self.alice, self.bruno, self.chloe = (staff(login) for login in ("alice", "bruno", "chloe"))
        self.key_one: AgendaKey = keys.new_agenda_key(self.one, [holder_of(self.alice)])
        self.key_two: AgendaKey = keys.new_agenda_key(self.two, [holder_of(self.bruno)])

    def private_one(self) -> bytes:
        private = keys.agenda_private(private_of(self.alice), self.alice, self.one.pk, 1, keys.practice_day())
        assert private is not None
        return private
