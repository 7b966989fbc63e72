"""Questions at the terminal, with the sentences that a form would say."""

from getpass import getpass
from pathlib import Path
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from practitioners import keys, passwords
from practitioners.models import Practitioner

TRIES = 3


class Output(Protocol):
    """Where a command writes."""

    def write(self, msg: str) -> Any: ...


def ask(field: Any, default: str = "", *, out: Output) -> str:
    """Ask until the answer is one that this model field takes."""
    choices = ", ".join(value for value, _label in field.choices or ())
    question = str(field.verbose_name).capitalize() + (f" ({choices})" if choices else "")
    while True:
        answer = _answer(f"{question}{f' [{default}]' if default else ''} : ") or default
        try:
            return str(field.clean(answer.replace("\\n", "\n"), None))
        except ValidationError as error:
            out.write("  " + " ".join(error.messages) + "\n")


def _answer(question: str) -> str:
    """Return a line that is typed, stripped. Raises CommandError where nobody can answer."""
    try:
        return input(question).strip()
    except EOFError:
        text = _(
            "Personne ne répond : lancez cette commande dans un terminal, ou donnez tout par ses options (--help)."
        )
        raise CommandError(text) from None


def ask_yes(question: str, *, default: bool) -> bool:
    """Ask for oui or non."""
    answer = _answer(f"{question} [{'O/n' if default else 'o/N'}] : ").casefold()
    return answer in ("o", "oui", "y", "yes") if answer else default


def ask_new_password(*, out: Output) -> str:
    """Ask for a new password twice, without showing it, until it is strong enough and the same."""
    while True:
        password = getpass(_("Mot de passe : "))
        try:
            passwords.check(password)
        except ValidationError as error:
            out.write("  " + " ".join(error.messages) + "\n")
            continue
        if getpass(_("Le même, encore une fois : ")) == password:
            return password
        out.write("  " + _("Les deux ne sont pas pareils.") + "\n")


def password_from(path: str) -> str:
    """Return the first line of a file (`/dev/stdin` too)."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(_("Le mot de passe ne se lit pas dans %(path)s.") % {"path": path}) from error
    if not lines or not lines[0]:
        raise CommandError(_("%(path)s est vide.") % {"path": path})
    return lines[0]


def sheet(practitioner: Practitioner, code: str) -> str:
    """The recovery sheet as text to print."""
    lines = [
        _("FEUILLE DE SECOURS"),
        f"{practitioner.practice.name} · {practitioner.name} · {timezone.localdate(timezone=practitioner.practice.zone):%d/%m/%Y}",
        "",
        f"    {code}",
        "",
        _("Ce code rouvre l’agenda si tous les mots de passe sont perdus. Personne d’autre ne le peut."),
        _("Il n’est conservé nulle part : imprimez cette feuille, gardez-la sous clé, hors du cabinet si possible."),
    ]
    rule = "=" * 78
    return "\n".join([rule, *lines, rule])


def confirm_by_typing(practitioner: Practitioner, *, out: Output) -> bool:
    """Ask for the last group of the sheet, a few times; say whether the sheet is confirmed."""
    for _attempt in range(TRIES):
        if keys.confirm_sheet(practitioner, input(_("Recopiez le dernier groupe de la feuille : "))):
            out.write(_("La feuille de secours est confirmée.") + "\n")
            return True
        out.write("  " + _("Ce n’est pas le dernier groupe.") + "\n")
    return False


def field_of(model: type[models.Model], name: str) -> Any:
    """A model's field by its name."""
    return model._meta.get_field(name)


def sentences(error: ValidationError) -> str:
    """All that a validation says, with the names of the fields."""
    if hasattr(error, "error_dict"):
        return " ".join(f"{name} : {' '.join(words)}" for name, words in error.message_dict.items())
    return " ".join(error.messages)
