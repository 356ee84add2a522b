"""What the history is kept by: albums, hearts, words, and the undo of one picture."""

from __future__ import annotations

import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_trail"),
        ("generation", "0015_review"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Album",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={
                "verbose_name": "album",
                "verbose_name_plural": "albums",
            },
        ),
        migrations.CreateModel(
            name="AlbumEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
                ("task_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "picture in an album",
                "verbose_name_plural": "pictures in albums",
            },
        ),
        migrations.CreateModel(
            name="Favourite",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
                ("task_id", models.UUIDField()),
            ],
            options={
                "verbose_name": "favourite",
                "verbose_name_plural": "favourites",
            },
        ),
        migrations.AddField(
            model_name="output",
            name="hidden_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="task",
            name="words",
            field=django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="output",
            index=models.Index(
                condition=models.Q(("hidden_at__isnull", False)),
                fields=["hidden_at"],
                name="output_hidden",
            ),
        ),
        migrations.AddIndex(
            model_name="output",
            index=models.Index(
                condition=models.Q(("verdict__in", ("flag", "block"))),
                fields=["verdict", "task"],
                name="output_not_fine",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("state__in", ("failed", "cancelled"))),
                fields=["tenant", "user", "-created_at", "-id"],
                name="task_unpainted",
            ),
        ),
        migrations.AddField(
            model_name="album",
            name="cover",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="generation.output",
            ),
        ),
        migrations.AddField(
            model_name="album",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.tenant",
            ),
        ),
        migrations.AddField(
            model_name="album",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="albumentry",
            name="album",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entries",
                to="generation.album",
            ),
        ),
        migrations.AddField(
            model_name="albumentry",
            name="output",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="generation.output",
            ),
        ),
        migrations.AddField(
            model_name="favourite",
            name="output",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="favourites",
                to="generation.output",
            ),
        ),
        migrations.AddField(
            model_name="favourite",
            name="tenant",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.tenant",
            ),
        ),
        migrations.AddField(
            model_name="favourite",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="album",
            constraint=models.UniqueConstraint(
                models.F("tenant"),
                models.F("user"),
                django.db.models.functions.text.Lower("name"),
                name="album_name_once",
            ),
        ),
        migrations.AddIndex(
            model_name="albumentry",
            index=models.Index(fields=["album", "-made_at", "-task_id"], name="album_entry_list"),
        ),
        migrations.AddConstraint(
            model_name="albumentry",
            constraint=models.UniqueConstraint(fields=("album", "output"), name="album_entry_once"),
        ),
        migrations.AddIndex(
            model_name="favourite",
            index=models.Index(
                fields=["tenant", "user", "-made_at", "-task_id"], name="favourite_list"
            ),
        ),
        migrations.AddConstraint(
            model_name="favourite",
            constraint=models.UniqueConstraint(fields=("output", "user"), name="favourite_once"),
        ),
    ]
