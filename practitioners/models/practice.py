"""The practice, where it receives, and who receives there."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners import periods
from practitioners.periods import Period
from practitioners.validators import check_slug, check_zone


def _days(label: Any, period: Period) -> models.PositiveSmallIntegerField:  # type: ignore[type-arg]
    bounds = [MinValueValidator(period.least), MaxValueValidator(period.most)]
    return models.PositiveSmallIntegerField(label, default=period.default, validators=bounds)


def _why(label: Any) -> models.CharField:  # type: ignore[type-arg]
    return models.CharField(label, max_length=300, blank=True, default="")


def _longer_only_with_a_reason(period: Period) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{period.field}__lte": period.default}) | ~Q(**{period.reason_field: ""}),
        name=f"{period.field}_longer_only_with_a_written_reason",
    )


class Practice(models.Model):
    """The practice that this instance serves: exactly one."""

    class HolidayZone(models.TextChoices):
        METROPOLE = "metropole", _("France métropolitaine")
        ALSACE_MOSELLE = "alsace-moselle", _("Alsace-Moselle")
        GUADELOUPE = "guadeloupe", _("Guadeloupe")
        GUYANE = "guyane", _("Guyane")
        MARTINIQUE = "martinique", _("Martinique")
        MAYOTTE = "mayotte", _("Mayotte")
        NOUVELLE_CALEDONIE = "nouvelle-caledonie", _("Nouvelle-Calédonie")
        POLYNESIE = "polynesie", _("Polynésie française")
        REUNION = "reunion", _("La Réunion")
        SAINT_BARTHELEMY = "saint-barthelemy", _("Saint-Barthélemy")
        SAINT_MARTIN = "saint-martin", _("Saint-Martin")
        SAINT_PIERRE_ET_MIQUELON = "saint-pierre-et-miquelon", _("Saint-Pierre-et-Miquelon")
        WALLIS_ET_FUTUNA = "wallis-et-futuna", _("Wallis-et-Futuna")

    id = RandomKey()
    name = models.CharField(_("nom du cabinet"), max_length=120)
    address = models.TextField(_("adresse"), max_length=400)
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    phone_hours = models.CharField(_("heures d’appel"), max_length=120, blank=True)
    email = models.EmailField(_("adresse électronique publique"), blank=True)
    time_zone = models.CharField(_("fuseau horaire"), max_length=40, default="Europe/Paris", validators=[check_zone])
    holiday_zone = models.CharField(
        _("jours fériés"), max_length=30, choices=HolidayZone.choices, default=HolidayZone.METROPOLE
    )
    controller = models.CharField(
        _("responsable du traitement"),
        max_length=200,
        blank=True,
        help_text=_("Personne ou société qui répond des données. Vide : le cabinet."),
    )
    data_contact = models.CharField(_("contact pour les données personnelles"), max_length=200, blank=True)
    host = models.CharField(
        _("hébergeur"), max_length=300, blank=True, help_text=_("Nom et adresse. Vide : le cabinet lui-même.")
    )
    legal_text = models.TextField(_("mentions légales, en plus"), max_length=4000, blank=True)
    accessibility_contact = models.CharField(_("contact accessibilité"), max_length=200, blank=True)
    offers_colleagues = models.BooleanField(_("proposer les confrères quand tout est complet"), default=True)
    veil_after = models.PositiveSmallIntegerField(
        _("voiler les noms après (minutes)"),
        default=10,
        validators=[MinValueValidator(2), MaxValueValidator(60)],
        help_text=_("Minutes sans activité, de 2 à 60. Le code à six chiffres de chacun les montre à nouveau."),
    )
    closes_minute = models.PositiveSmallIntegerField(
        _("heure de fermeture"),
        default=1200,
        null=True,
        blank=True,
        validators=[MaxValueValidator(1440)],
        help_text=_("À cette heure, toutes les sessions se verrouillent : il faut le mot de passe. Vide : jamais."),
    )
    requires_second_factor = models.BooleanField(
        _("exiger un second facteur"),
        default=True,
        help_text=_(
            "Après le mot de passe : un code du téléphone ou une clé de sécurité. À ne décocher que si l’agenda ne "
            "s’ouvre que sur des postes du cabinet. Qui a un second facteur le garde."
        ),
    )
    shown_per_hour = models.PositiveSmallIntegerField(
        _("identités affichées par heure et par personne"),
        default=200,
        validators=[MinValueValidator(20), MaxValueValidator(5000)],
        help_text=_(
            "Sans compter les rendez-vous à moins de 7 jours. Au-delà, le mot de passe est redemandé, et le journal le note."
        ),
    )
    visit_kept = _days(_("motif, message, adresse et contact gardés (jours après la visite)"), periods.VISIT)
    visit_kept_reason = _why(_("pourquoi plus de 7 jours"))
    identity_kept = _days(_("nom gardé (jours après la visite)"), periods.IDENTITY)
    identity_kept_reason = _why(_("pourquoi plus de 120 jours"))
    log_kept = _days(_("journal des accès gardé (jours)"), periods.LOG)
    log_kept_reason = _why(_("pourquoi plus d’un an"))

    class Meta:
        verbose_name = _("cabinet")
        verbose_name_plural = _("cabinet")
        constraints = [
            *map(_longer_only_with_a_reason, periods.EDITABLE),
            models.CheckConstraint(
                condition=Q(visit_kept__lte=F("identity_kept")), name="a_visit_is_not_kept_longer_than_who_came"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone, in which all that is shown is said."""
        return ZoneInfo(self.time_zone)

    def kept(self, period: Period) -> timedelta:
        """How long this practice keeps what is under a period."""
        return timedelta(days=getattr(self, period.field))


class Location(models.Model):
    """A place where the practice receives. The label is what messages say, so it stays neutral."""

    id = RandomKey()
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="locations", verbose_name=_("cabinet"))
    label = models.CharField(
        _("libellé du lieu"),
        max_length=80,
        help_text=_("Dit aux patients, sans spécialité : « Cabinet rue des Lilas »."),
    )
    address = models.TextField(_("adresse"), max_length=400)
    access = models.TextField(
        _("accès"), max_length=1000, blank=True, help_text=_("Transports, étage, ascenseur, code.")
    )

    class Meta:
        verbose_name = _("lieu")
        verbose_name_plural = _("lieux")
        ordering = ("label",)

    def __str__(self) -> str:
        return self.label


class Practitioner(models.Model):
    """Someone who receives patients, with a booking page of their own. Nothing is bookable before it is published."""

    class Contact(models.TextChoices):
        EITHER = "either", _("e-mail ou téléphone, au choix du patient")
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("téléphone")

    id = RandomKey()
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="practitioners", verbose_name=_("cabinet"))
    slug = models.SlugField(
        _("adresse de la page"), max_length=60, unique=True, validators=[check_slug], help_text=_("dr-martin")
    )
    name = models.CharField(_("nom affiché"), max_length=120, help_text=_("Dr Claire Martin"))
    speciality = models.CharField(_("spécialité"), max_length=120)
    titles = models.TextField(_("titres et diplômes"), max_length=1000, blank=True)
    rpps = models.CharField(
        _("numéro RPPS"), max_length=11, blank=True, validators=[RegexValidator(r"^\d{11}$", _("Onze chiffres."))]
    )
    sector = models.CharField(_("secteur et honoraires"), max_length=200, blank=True)
    payment = models.CharField(_("moyens de paiement"), max_length=200, blank=True)
    languages = models.CharField(_("langues parlées"), max_length=200, blank=True)
    introduction = models.TextField(_("présentation"), max_length=1500, blank=True)
    access = models.TextField(_("informations d’accès"), max_length=1000, blank=True)
    emergency = models.TextField(
        _("en cas d’urgence"),
        max_length=500,
        blank=True,
        help_text=_("En plus de la ligne 15 / 112 / 114, toujours montrée."),
    )
    notice = models.TextField(
        _("annonce en haut de page"), max_length=500, blank=True, help_text=_("Absence, remplacement…")
    )
    directory_url = models.URLField(_("fiche dans l’annuaire de l’Ordre"), blank=True)
    contact = models.CharField(_("contact demandé"), max_length=10, choices=Contact.choices, default=Contact.EITHER)
    contact_code = models.BooleanField(
        _("vérifier le contact par un code"),
        default=False,
        help_text=_(
            "Le patient tape un code à six chiffres, reçu par e-mail ou par SMS, avant que sa réservation compte. Si le code ne peut "
            "pas partir, il réserve quand même, et l’agenda dit « contact non prouvé »."
        ),
    )
    lapse_rule = models.TextField(
        _("en cas d’absences répétées"),
        max_length=300,
        blank=True,
        help_text=_(
            "Rappelé au secrétariat, jamais au patient. Par exemple : après deux absences, réserver par téléphone."
        ),
    )
    reminders = models.BooleanField(
        _("rappels"),
        default=True,
        help_text=_("Par e-mail 7 jours et 1 jour avant, ou par SMS 2 jours avant. Les annulations partent toujours."),
    )
    summary_email = models.EmailField(
        _("résumé du jour"),
        blank=True,
        help_text=_("Adresse qui reçoit chaque matin le nombre de rendez-vous, sans aucun nom. Vide : rien."),
    )
    waiting_list = models.BooleanField(
        _("liste d’attente"),
        default=False,
        help_text=_(
            "Les patients laissent une demande ; une heure libérée leur est proposée par message, au plus ancien d’abord. "
            "Décoché : les demandes en attente sont effacées."
        ),
    )
    works_holidays = models.BooleanField(_("reçoit les jours fériés"), default=False)
    published = models.BooleanField(_("page publiée"), default=False)
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)

    class Meta:
        verbose_name = _("praticien")
        verbose_name_plural = _("praticiens")
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name
