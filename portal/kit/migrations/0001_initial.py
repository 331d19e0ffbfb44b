from django.db import migrations, models

from portal.kit.rls import APP, MEMBERSHIP, ROLES, SCOPE


class Migration(migrations.Migration):
    """Roles and scope functions come before every table, so that no table is ever open."""

    initial = True
    run_before = [("contenttypes", "0001_initial"), ("sessions", "0001_initial"), ("auth", "0001_initial")]
    dependencies = []

    operations = [
        migrations.RunSQL(ROLES, migrations.RunSQL.noop),
        migrations.RunSQL(SCOPE, "DROP FUNCTION tollgate_organization()"),
        migrations.RunSQL(MEMBERSHIP, "DROP FUNCTION tollgate_sees_member(bigint, bigint)"),
        migrations.CreateModel(
            name="OutboxRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("topic", models.CharField(max_length=40)),
                ("key", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"indexes": [models.Index(fields=["topic", "key"], name="kit_outboxr_topic_idx")]},
        ),
        migrations.RunSQL(
            f"REVOKE ALL ON kit_outboxrow FROM {APP}; GRANT INSERT, SELECT (id) ON kit_outboxrow TO {APP};",
            migrations.RunSQL.noop,
        ),
    ]
