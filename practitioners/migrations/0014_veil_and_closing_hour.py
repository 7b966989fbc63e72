import django.core.validators
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Greatest, Least


def clamp(apps, schema_editor):
    """The lock without a code could wait for four hours; the veil falls after an hour at most."""
    apps.get_model("practitioners", "Practice").objects.update(veil_after=Least(Greatest(F("veil_after"), 2), 60))


class Migration(migrations.Migration):

    dependencies = [
        ('practitioners', '0013_families'),
    ]

    operations = [
        migrations.RenameField(
            model_name='practice',
            old_name='lock_after',
            new_name='veil_after',
        ),
        migrations.AlterField(
            model_name='practice',
            name='veil_after',
            field=models.PositiveSmallIntegerField(default=10, help_text='Minutes sans activité, de 2 à 60. Le code à six chiffres de chacun les montre à nouveau.', validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(60)], verbose_name='voiler les noms après (minutes)'),
        ),
        migrations.AddField(
            model_name='practice',
            name='closes_minute',
            field=models.PositiveSmallIntegerField(blank=True, default=1200, help_text='À cette heure, toutes les sessions se verrouillent : il faut le mot de passe. Vide : jamais.', null=True, validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='heure de fermeture'),
        ),
        migrations.RunPython(clamp, migrations.RunPython.noop),
    ]
