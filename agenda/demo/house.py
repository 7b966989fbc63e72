"""The demo's practice as data: who receives, where, when and for what."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from practitioners.models import Absence, Location, Opening, Practice, Practitioner, Replacement, VisitType

LILAS, CANAL = "lilas", "canal"
MON, TUE, WED, THU, FRI, SAT = range(6)


@dataclass(frozen=True)
class Hours:
    """Weekly openings: days, from, to (minutes), where, and what else an opening can say."""

    days: tuple[int, ...]
    start: int
    end: int
    place: str = LILAS
    types: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receives:
    """One practitioner with types and hours."""

    fields: dict[str, Any]
    types: tuple[dict[str, Any], ...]
    hours: tuple[Hours, ...]
    children: bool = False


def h(hours: int, minutes: int = 0) -> int:
    """Minutes of the day."""
    return hours * 60 + minutes


PRACTICE = {
    "name": "Maison de santé des Lilas",
    "address": "14 rue des Lilas\n75019 Paris",
    "phone": "01 99 00 26 40",
    "phone_hours": "du lundi au vendredi, de 8 h 30 à 12 h 30 et de 14 h à 18 h",
    "email": "accueil@example.org",
    "controller": "Société civile de moyens des Lilas",
    "data_contact": "donnees@example.org",
    "accessibility_contact": "accueil@example.org",
    # Whoever tries the demo has no factor of its invented people; a real practice begins with this on.
    "requires_second_factor": False,
}
PLACES = {
    LILAS: {
        "label": "Maison de santé des Lilas",
        "address": "14 rue des Lilas\n75019 Paris",
        "access": "Métro Place des Fêtes, bus 48 et 60. Premier étage avec ascenseur. Accessible en fauteuil roulant.",
    },
    CANAL: {
        "label": "Annexe du canal",
        "address": "3 quai de la Loire\n75019 Paris",
        "access": "Métro Jaurès. Rez-de-chaussée, sonnette « Annexe ». Pas de marche.",
    },
}
GP = Receives(
    {
        "slug": "dr-claire-fontaine",
        "name": "Dr Claire Fontaine",
        "speciality": "Médecine générale",
        "titles": "Diplômée de la faculté de médecine de Paris\nDiplôme universitaire de gérontologie",
        "rpps": "10100000016",
        "sector": "Conventionnée secteur 1. Consultation : 30 €.",
        "payment": "Carte bancaire, chèque, espèces. Carte Vitale.",
        "languages": "français, anglais",
        "introduction": "Médecin traitant pour adultes et enfants. Suivi des maladies chroniques, vaccinations.",
        "access": "Merci de venir à l’heure : la salle d’attente est petite.",
        "notice": "Le Dr Fontaine est absente la semaine prochaine du mercredi au vendredi.",
        "waiting_list": True,
    },
    (
        {"name": "Consultation", "slug": "consultation", "duration_new": 30, "duration_known": 15, "colour": "pine",
         "cancel_before": 60, "asks_message": True, "before": "Apportez votre carte Vitale et vos ordonnances."},
        {"name": "Renouvellement d’ordonnance", "slug": "renouvellement", "duration_new": 20, "duration_known": 10, "colour": "sea",
         "accepts_new": False, "cancel_before": 60},
        {"name": "Téléconsultation", "slug": "video", "duration_new": 20, "duration_known": 15, "colour": "indigo", "place": "video",
         "after": "Vous recevrez l’adresse de la visite par téléphone."},
        {"name": "Urgence du jour", "slug": "urgence-du-jour", "duration_new": 15, "duration_known": 15, "colour": "brick", "notice": 15,
         "cancel_before": 30, "before": "Pour ce qui ne peut pas attendre demain."},
        {"name": "Visite à domicile", "slug": "domicile", "duration_new": 45, "duration_known": 30, "buffer": 15, "colour": "ochre",
         "place": "home", "visibility": "staff"},
        {"name": "Suivi confidentiel", "slug": "suivi-confidentiel", "duration_new": 30, "duration_known": 30, "colour": "slate", "discreet": True},
    ),
    (
        Hours((MON, TUE, FRI), h(9), h(12, 30), types=("consultation", "renouvellement", "video", "suivi-confidentiel")),
        Hours((MON, TUE), h(14), h(18, 30), types=("consultation", "renouvellement", "video", "suivi-confidentiel")),
        Hours((FRI,), h(14), h(17), types=("consultation", "renouvellement", "video")),
        Hours((WED,), h(9), h(12), CANAL, types=("consultation", "renouvellement")),
        Hours((MON, TUE, FRI), h(8), h(9), types=("urgence-du-jour",), more={"released_days": 0, "released_minute": h(7, 30)}),
        Hours((FRI,), h(17), h(19), more={"without_appointment": True}),
        Hours((SAT,), h(9), h(12), types=("consultation",), more={"parity": "even"}),
    ),
)  # fmt: skip
PAEDIATRICIAN = Receives(
    {
        "slug": "dr-karim-haddad",
        "name": "Dr Karim Haddad",
        "speciality": "Pédiatrie",
        "titles": "Ancien chef de clinique",
        "rpps": "10100000024",
        "sector": "Conventionné secteur 2, option de maîtrise des tarifs. De 32 à 60 €.",
        "payment": "Carte bancaire, espèces.",
        "languages": "français, arabe, anglais",
        "introduction": "De la naissance à quinze ans.",
        "emergency": "Avant trois mois, toute fièvre : appelez le 15.",
    },
    (
        {"name": "Consultation", "slug": "consultation", "duration_new": 30, "duration_known": 20, "colour": "sea", "asks_birth_date": True,
         "before": "Apportez le carnet de santé."},
        {"name": "Examen du nourrisson", "slug": "nourrisson", "duration_new": 40, "duration_known": 30, "colour": "rose", "asks_birth_date": True},
        {"name": "Vaccination", "slug": "vaccination", "duration_new": 20, "duration_known": 15, "colour": "olive", "asks_birth_date": True, "family_max": 3},
        {"name": "Suivi allergie", "slug": "suivi-allergie", "duration_new": 30, "duration_known": 30, "colour": "plum", "visibility": "link",
         "accepts_new": False},
    ),
    (
        Hours((MON, THU), h(9), h(13)),
        Hours((MON, THU), h(14), h(18)),
        Hours((WED,), h(8, 30), h(12, 30)),
        Hours((WED,), h(13, 30), h(19)),
        Hours((SAT,), h(9), h(12, 30), more={"parity": "odd"}),
    ),
    children=True,
)  # fmt: skip
DERMATOLOGIST = Receives(
    {
        "slug": "dr-anne-sophie-le-bihan",
        "name": "Dr Anne-Sophie Le Bihan",
        "speciality": "Dermatologie",
        "rpps": "10100000032",
        "sector": "Conventionnée secteur 2. De 50 à 90 €.",
        "payment": "Carte bancaire, chèque.",
        "languages": "français, breton, espagnol",
        "contact": "email",
        "waiting_list": True,
    },
    (
        {"name": "Consultation", "slug": "consultation", "duration_new": 25, "duration_known": 15, "colour": "plum", "notice": 1440},
        {"name": "Contrôle des grains de beauté", "slug": "grains-de-beaute", "duration_new": 30, "duration_known": 20, "colour": "teal",
         "notice": 1440, "max_per_day": 6},
        {"name": "Petite chirurgie", "slug": "petite-chirurgie", "duration_new": 45, "duration_known": 45, "buffer": 10, "colour": "brick",
         "visibility": "staff", "after": "Venez accompagné."},
    ),
    (
        Hours((TUE, THU), h(9, 30), h(13), CANAL),
        Hours((TUE, THU), h(14, 30), h(19), CANAL),
        Hours((FRI,), h(9), h(12), LILAS, more={"parity": "odd"}),
    ),
)  # fmt: skip
PHYSIOTHERAPIST = Receives(
    {
        "slug": "mathilde-traore",
        "name": "Mathilde Traoré",
        "speciality": "Kinésithérapie",
        "titles": "Masseuse-kinésithérapeute diplômée d’État",
        "rpps": "10100000040",
        "sector": "Conventionnée.",
        "languages": "français",
        "introduction": "Rééducation, kinésithérapie respiratoire, suivi du sportif. Trois patients à la fois sur le plateau.",
    },
    (
        {"name": "Séance de rééducation", "slug": "seance", "duration_new": 45, "duration_known": 30, "colour": "olive"},
        {"name": "Bilan", "slug": "bilan", "duration_new": 45, "duration_known": 45, "colour": "ochre"},
        {"name": "Kinésithérapie respiratoire", "slug": "respiratoire", "duration_new": 30, "duration_known": 20, "colour": "sea"},
        {"name": "École du dos (groupe)", "slug": "ecole-du-dos", "duration_new": 60, "duration_known": 60, "colour": "pine", "max_per_day": 12},
    ),
    (
        Hours((MON, WED, FRI), h(8), h(12), types=("seance", "respiratoire"), more={"places": 3, "step": 30}),
        Hours((MON, WED), h(14), h(18), types=("seance", "bilan"), more={"places": 2, "step": 30}),
        Hours((TUE,), h(12), h(14), types=("ecole-du-dos",), more={"places": 6, "step": 60}),
        Hours((THU,), h(8), h(12, 30), types=("bilan", "respiratoire")),
    ),
)  # fmt: skip
EVERYBODY = (GP, PAEDIATRICIAN, DERMATOLOGIST, PHYSIOTHERAPIST)


def build(today: date) -> dict[int, Receives]:
    """Make the practice and return by practitioner what they are. Published later, when keys exist."""
    practice = Practice.objects.create(**PRACTICE)
    places = {name: Location.objects.create(practice=practice, **fields) for name, fields in PLACES.items()}
    found = {_receives(practice, places, one, number).pk: one for number, one in enumerate(EVERYBODY)}
    _away(today)
    return found


def _receives(practice: Practice, places: dict[str, Location], one: Receives, number: int) -> Practitioner:
    practitioner = Practitioner.objects.create(practice=practice, position=number, **one.fields)
    rows = [VisitType(practitioner=practitioner, position=place, **fields) for place, fields in enumerate(one.types)]
    types = {row.slug: row for row in VisitType.objects.bulk_create(rows)}
    for hours in one.hours:
        for weekday in hours.days:
            opening = Opening.objects.create(
                practitioner=practitioner, location=places[hours.place], weekday=weekday,
                start_minute=hours.start, end_minute=hours.end, **hours.more,
            )  # fmt: skip
            if hours.types:
                opening.visit_types.set([types[slug] for slug in hours.types])
    return practitioner


def _away(today: date) -> None:
    """Absences: the doctor next week, the physiotherapist a morning every fortnight, the dermatologist in a month; a stand-in."""
    monday = today + timedelta(days=7 - today.weekday())
    by_slug = {one.slug: one for one in Practitioner.objects.all()}
    gp, derm, physio = (by_slug[one.fields["slug"]] for one in (GP, DERMATOLOGIST, PHYSIOTHERAPIST))
    Absence.objects.create(
        practitioner=gp,
        first_day=monday + timedelta(days=WED),
        last_day=monday + timedelta(days=FRI),
        reason="training",
    )
    Absence.objects.create(
        practitioner=derm,
        first_day=monday + timedelta(weeks=3),
        last_day=monday + timedelta(weeks=3, days=6),
        reason="leave",
    )
    Absence.objects.create(
        practitioner=physio, first_day=monday + timedelta(days=WED), last_day=monday + timedelta(days=WED),
        start_minute=h(10), end_minute=h(12), repeat_weeks=2, reason="meeting",
    )  # fmt: skip
    Replacement.objects.create(
        practitioner=by_slug[PAEDIATRICIAN.fields["slug"]],
        first_day=monday + timedelta(weeks=1),
        last_day=monday + timedelta(weeks=1, days=SAT),
        name="Dr Léa Marchand",
        text="Elle consulte au même endroit et a accès au suivi de votre enfant.",
    )
