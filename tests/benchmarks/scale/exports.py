"""A child of the benchmark: the long export against a bare COPY of the same rows, and the record.

Prints a line of JSON: rows, processor time of each, memory over idle, temporary files,
``verify_audit``.
"""

import json
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from inference.exports.services.exports import File, Filters, export_file  # noqa: E402
from studies.protocol.models import Study  # noqa: E402
from studies.record.models import AuditEvent  # noqa: E402
from studies.record.services.proof import find_breaks  # noqa: E402
from tests.benchmarks.scale.cost import (  # noqa: E402
    forget_peak,
    processor_ms,
    resident_mib,
    temporary_bytes,
)
from tests.benchmarks.scale.study import CODE, manager  # noqa: E402

# The columns of the long file that are in the database as they are, in its order.
BARE = """
SELECT s.code, si.code, p.code, a.method, p.state, p.enrolled_on, d.code, d.day_offset, ph.id,
  ph.state, ph.view, coalesce(ph.taken_at, ph.received_at), sc.region, sc.condition_id, sc.grade,
  sc.severity, sc.probabilities->>'none', sc.probabilities->>'mild', sc.probabilities->>'moderate',
  sc.probabilities->>'severe', mp.name, mp.version, r.model_sha256, r.recipe, r.runtime, r.id,
  r.quality_flags, sc.not_assessable, mp.demonstrator, mp.state, ph.capture->>'method',
  ph.late_arrival, ph.taken_at_source, ph.exif_taken_at, ph.exif_zone, ph.flags, ph.review
FROM inference_score sc
  JOIN inference_run r ON r.id = sc.run_id
  JOIN inference_modelpackage mp ON mp.id = r.package_id
  JOIN participants_photo ph ON ph.id = r.photo_id
  JOIN participants_visit v ON v.id = ph.visit_id
  JOIN studies_visitdefinition d ON d.id = v.definition_id
  JOIN participants_participant p ON p.id = v.participant_id
  JOIN studies_site si ON si.id = p.site_id
  LEFT JOIN participants_allocation a ON a.participant_id = p.id
  JOIN studies_study s ON s.id = p.study_id
  JOIN studies_condition c ON c.code = sc.condition_id
WHERE s.code = 'BIG' AND r.state = 'done' AND p.use = 'full' AND ph.state = 'accepted'
ORDER BY p.code, d.day_offset, ph.view, ph.id, r.id, c."order", sc.region
"""


def bare() -> dict[str, Any]:
    """COPY on PostgreSQL; on SQLite the rows fetched, and not even written."""
    before, rows = processor_ms(), 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY ({BARE}) TO STDOUT CSV") as copy:
                for block in copy:
                    rows += bytes(block).count(b"\n")
        else:
            rows = sum(1 for _row in cursor.execute(BARE))
    return {"rows": rows, "ms": processor_ms() - before}


def product(file: File, filters: Filters) -> dict[str, Any]:
    """One file of the product's, thrown away line by line."""
    study, by = Study.objects.get(code=CODE), manager()
    forget_peak()
    idle, before, spilt = resident_mib(), processor_ms(), temporary_bytes()
    rows = -1
    for _line in export_file(study=study, file=file, filters=filters, by=by).lines():
        rows += 1
    ms = processor_ms() - before
    return {
        "rows": rows,
        "ms": ms,
        "mib": resident_mib("VmHWM") - idle,
        "temporary_mib": (temporary_bytes() - spilt) / 2**20,
    }


def verify() -> dict[str, Any]:
    forget_peak()
    idle, before = resident_mib(), processor_ms()
    breaks = sum(1 for _break in find_breaks())
    ms = processor_ms() - before
    number = AuditEvent.objects.count()
    return {"rows": number, "ms": ms, "mib": resident_mib("VmHWM") - idle, "breaks": breaks}


def main() -> None:
    product(File.LONG, Filters(sites=("A00",)))  # what is loaded once is loaded
    found = {
        "bare": bare(),
        "long": product(File.LONG, Filters()),
        "long, current only": product(File.LONG, Filters(current_only=True)),
        "wide": product(File.WIDE, Filters()),
        "verify_audit": verify(),
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
