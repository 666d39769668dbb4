from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("participants", "0031_arms_sealed")]
    operations = [migrations.RemoveField(model_name="participant", name="arm")]
