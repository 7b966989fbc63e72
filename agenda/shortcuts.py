"""The keys of the agenda, for the help sheet. What they do is in the scripts; each has a link or a button without scripts."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Group(NamedTuple):
    """Some keys that belong together: each key, and what it does."""

    title: Promise
    keys: tuple[tuple[str | Promise, Promise], ...]


KEYS = (
    Group(
        _("Aller"),
        (
            ("J", _("aujourd’hui")),
            ("G", _("aller à une date")),
            ("Page ↑  Page ↓", _("jour ou semaine d’avant, d’après")),
            ("1", _("jour")),
            ("2", _("semaine")),
            ("3", _("liste")),
            ("4", _("six semaines")),
            ("5", _("salle d’attente")),
            ("/", _("chercher un patient")),
            ("P", _("imprimer le jour ou la semaine")),
            ("H", _("listes de secours, si le serveur ou la ligne tombe")),
        ),
    ),
    Group(
        _("Dans la grille"),
        (
            ("← ↑ → ↓", _("se déplacer d’une case à l’autre, heures libres comprises")),
            (_("Début  Fin"), _("première et dernière case de la colonne")),
            (_("Entrée"), _("ouvrir le rendez-vous, ou en prendre un à cette heure")),
            ("N", _("nouveau rendez-vous : à cette heure, ou la personne d’abord")),
            ("R", _("revoir ou copier ce rendez-vous")),
            ("X", _("couper le rendez-vous, pour le déplacer")),
            ("V", _("poser à cette heure le rendez-vous coupé")),
            ("U", _("défaire la dernière action")),
            (_("Échap"), _("fermer, ou laisser le rendez-vous coupé où il est")),
        ),
    ),
    Group(
        _("L’écran"),
        (
            ("I", _("noms ou initiales")),
            ("L", _("voiler les noms")),
            ("?", _("cette aide")),
        ),
    ),
)
