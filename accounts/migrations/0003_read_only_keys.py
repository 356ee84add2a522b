from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="read_only",
            field=models.BooleanField(
                db_default=False, default=False, help_text="May look, not create, change or delete."
            ),
        ),
    ]
