"""The protocol as a file."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol_file import write_protocol
from studies.protocol_file.later import PARTS
from studies.protocol_file.services import protocol_of


@require_GET
@study_page(Permission.STUDY_VIEW)
def protocol_file(request: StaffRequest, study: Study) -> HttpResponse:
    """The protocol as the YAML file that ``load_study`` reads, with what the person may see."""
    held = request.can.held
    hidden = {part.name for part in PARTS.values() if part.seen_with not in held}
    shown = {key: value for key, value in protocol_of(study).items() if key not in hidden}
    name = f"{study.code.lower()}-protocol.yaml"
    return HttpResponse(
        write_protocol(shown),
        content_type="application/yaml",
        headers={"Content-Disposition": attachment(name)},
    )
