"""Invented patients with names of every shape. Addresses and numbers are those reserved for fiction."""

import unicodedata
from datetime import date, timedelta
from random import Random

from patients.store.people import Identity, Person, Visit

FIRST = (
    "Camille Louis Emma Gabriel Jade Raphaël Louise Arthur Alice Jules Chloé Adam Inès Hugo Léa Lucas Manon Nathan Zoé Théo "
    "Juliette Paul Agathe Victor Rose Simon Anaïs Maxime Éléonore Gaspard Noémie Baptiste Clémence Étienne Solène Aurélien "
    "Margaux Benoît Océane Thibault Élodie Guillaume Maëlys Rémi Jean-Baptiste Marie-Claude Anne-Sophie Pierre-Yves"
).split()
LAST = (
    "Martin Bernard Dubois Petit Durand Leroy Moreau Laurent Lefèvre Roux Fournier Girard Bonnet Lambert Fontaine Rousseau "
    "Vincent Muller Faure Chevalier Garnier Boyer Guérin Blanchard Gauthier Perrin Morin Mathieu Clément Gaillard Lemoine "
    "Barbier Renard Carpentier Aubert Picard Besson Colin Vidal Marchand Noël Hamon Jacquet Weber Klein Prévost Charpentier "
    "Da-Silva Lopes Ferreira Garcia Kowalski Popescu Rossi Haddad Benali Diallo Traoré Cissé Yılmaz Nowak Çelik Østergård"
).split()
# (first name, last name) as people write them: particles, hyphens, apostrophes, one name, one letter, other scripts.
SHAPES = (
    ("Hélène", "de La Roche-Aymard"),
    ("Aymeric", "d’Estaing-Vallière"),
    ("Gwenaëlle", "Le Goff"),
    ("Fatou", "N’Diaye"),
    ("Siobhán", "O’Connor"),
    ("Maarten", "van den Berg"),
    ("Ludwig", "von der Heide"),
    ("José María", "García de la Cruz y Fuentes"),
    ("", "Suryani"),
    ("", "Tenzin"),
    ("Yi", "O"),
    ("U", "Thant-Lin"),
    ("محمد", "بن يوسف"),
    ("ليلى", "الهاشمي"),
    ("秀英", "李"),
    ("伟", "王"),
    ("Thị Minh Khai", "Nguyễn"),
    ("Văn Đức", "Trần"),
    ("Ольга", "Кузнецова"),
    ("Δήμητρα", "Παπαδοπούλου"),
    ("İpek", "Şahin"),
    ("Đorđe", "Kovačević"),
    ("Sinéad", "Ní Dhomhnaill"),
    ("Björk", "Guðmundsdóttir"),
    ("Marie-Antoinette Joséphine Ferdinande", "de Montmorency-Luxembourg de La Tour du Pin Chambly"),
    ("jean", "petit-jean"),
    ("AÏCHA", "BENT EL HADJ"),
)
MESSAGES = (
    "Je viendrai avec un fauteuil roulant.",
    "Je serai accompagné de ma fille.",
    "Merci de me dire s’il y a un ascenseur.",
    "J’aurai peut-être cinq minutes de retard, je viens en bus.",
)


def person(random: Random, last_name: str = "") -> Person:
    """Someone; one in six has a name of an uncommon shape."""
    if not last_name and random.random() < 1 / 6:
        first, last = random.choice(SHAPES)
        return Person(last, first)
    return Person(last_name or random.choice(LAST), random.choice(FIRST))


def identity(random: Random, today: date, *, child: bool) -> Identity:
    """Who comes: a child with the parent who booked, sometimes an adult with a relative, mostly oneself."""
    if child:
        parent = person(random)
        days = random.randrange(20, 15 * 365)
        young = person(random, parent.last_name if random.random() < 0.8 else "")
        born = Person(young.last_name, young.first_name, today - timedelta(days=days))
        return Identity((born,), parent)
    patient = person(random)
    return Identity((patient,), person(random, patient.last_name) if random.random() < 0.06 else None)


def contact(random: Random, identity: Identity) -> Visit:
    """How to reach the booker: an e-mail address of example.org, or a number that the regulator keeps for fiction."""
    booker = identity.booker or identity.persons[0]
    message = random.choice(MESSAGES) if random.random() < 0.05 else ""
    if random.random() < 0.62:
        return Visit(email=f"{_plain(booker.full_name)}{random.randrange(1, 100)}@example.org", message=message)
    prefix = "+33199 00" if random.random() < 0.2 else "+33639 98"
    return Visit(phone=prefix.replace(" ", "") + f"{random.randrange(10_000):04d}", message=message)


def _plain(name: str) -> str:
    """A name as the left part of an address; other scripts become a word of their own."""
    letters = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = "".join(letter if letter.isalnum() else " " for letter in letters).split()
    return ".".join(words[:3])[:40] or "patient"
