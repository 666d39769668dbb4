"""Settings of the API and of its schema."""

from config.environment import read_environment

env = read_environment()

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "studies.members.token_auth.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "studies.platform.api_errors.problem_details",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": env.str("API_RATE", default="600/min")},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Global Skin Health",
    "VERSION": "1",
    "DESCRIPTION": "Studies, participants, visits, photos, scores and exports, "
    "with the rights of the person whose token is sent.",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "studies.platform.api_schema.add_refusals",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StudyState": "studies.protocol.models.Study.State",
        "ParticipantState": "participants.people.models.Participant.State",
        "VisitState": "participants.visits.models.Visit.State",
        "PhotoState": "participants.capture.models.Photo.State",
        "PackageState": "inference.packages.models.ModelPackage.State",
    },
}
