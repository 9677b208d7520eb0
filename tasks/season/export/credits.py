"""Requests for graduate credits."""

from schemas.records import Component
from schemas.statuses import CreditStatus
from tasks.season.export.contract import ExportTable, kind, moment, number, refers, season_of, text

PREPARED = ()

TABLES = (
    ExportTable(
        "credit_requests",
        "Credit requests",
        "Graduate credits that a participant asked for and pays; one that was refused or refunded can be made again.",
        1,
        (
            text("request_key", "The request, as the credit provider knows it.", "c.request_key"),
            season_of("c"),
            text("person_id", "The participant.", "coalesce(p.merged_into, p.person_id)"),
            kind("component", "What the credits are for.", "c.component", Component),
            number("credits", "How many credits.", "c.credits", "credits"),
            number("fee_cents", "What the participant pays.", "c.fee_cents", "cents"),
            kind("status", "Where the request stands.", "c.status", CreditStatus),
            moment("requested_at", "When the participant asked for them.", "c.requested_at"),
            text("provider_reference", "The credit provider's own reference.", "c.provider_reference"),
        ),
        "FROM credit_request c LEFT JOIN person p ON p.email = c.email WHERE c.season IN :seasons",
        (refers("person_id", "persons"),),
    ),
)
