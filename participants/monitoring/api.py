"""The API of the flow of participants: its numbers, by arm for who may know arms."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from participants.monitoring.services.flow import HEADER, flow_rows, participant_flow
from studies.access.permissions import Permission
from studies.platform.errors import NotFound
from studies.protocol.api import InStudy, person
from studies.protocol.models import Site


class FlowNumberSerializer(serializers.Serializer[Any]):
    """One number of the CONSORT diagram; ``of`` names the box it is a part of."""

    stage = serializers.CharField()
    arm = serializers.CharField(help_text="Empty: of all arms together.", allow_blank=True)
    of = serializers.CharField(allow_blank=True)
    box = serializers.CharField()
    words = serializers.CharField()
    n = serializers.IntegerField()


class FlowNumbers(InStudy):
    """The flow of participants at your sites, or at one of them."""

    permission = Permission.MONITORING_VIEW

    @extend_schema(
        parameters=[OpenApiParameter("site", str, description="Code of a site.")],
        responses=FlowNumberSerializer(many=True),
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """Every number, in the order of the diagram."""
        user, code = person(request), request.GET.get("site", "")
        sites = Site.objects.visible_to(user, Permission.MONITORING_VIEW).filter(study=self.study)
        site = sites.filter(code=code).first() if code else None
        if code and site is None:
            raise NotFound("You see no site of this code in this study.")
        flow = participant_flow(study=self.study, user=user, site=site)
        rows = [dict(zip(HEADER, row, strict=True)) for row in flow_rows(self.study, flow, code)]
        return Response(FlowNumberSerializer(rows, many=True).data)
