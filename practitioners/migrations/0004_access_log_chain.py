import clicdocteur.fields
from django.db import migrations, models
from django.db.models import F


def written_in_their_hour(apps, schema_editor):
    """Rows of before say only the hour; they are closed with its first minute."""
    apps.get_model("practitioners", "AccessEvent").objects.update(recorded=F("hour"))


class Migration(migrations.Migration):

    dependencies = [
        ("practitioners", "0003_periods_of_retention"),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessSeal",
            fields=[
                ("id", clicdocteur.fields.RandomKey(serialize=False)),
                ("number", models.PositiveIntegerField(unique=True)),
                ("minute", models.DateTimeField()),
                ("rows", models.PositiveIntegerField()),
                ("total", models.PositiveBigIntegerField()),
                ("head", models.BinaryField(max_length=32)),
                ("checkpoint", models.BinaryField(max_length=32, null=True)),
            ],
        ),
        migrations.AddField("accessevent", "flagged", models.BooleanField(default=False)),
        migrations.AddField("accessevent", "recorded", models.DateTimeField(null=True)),
        migrations.RunPython(written_in_their_hour, migrations.RunPython.noop),
        migrations.AlterField("accessevent", "recorded", models.DateTimeField()),
        migrations.AddIndex("accessevent", models.Index(fields=["recorded"], name="access_by_minute")),
    ]
