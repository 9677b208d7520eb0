import pytest

from deployments.rulebook import PAGE, Rule, page, rules

RULES = rules()
WITHOUT_NUMBERS = {
    "answer_on_record", "confirm_refund", "count_activity", "goes_with_result", "holds_seat", "lapse_unsigned",
    "pass_seat_on", "reject_stranger", "release_unfilled", "seats_given_back", "settle_reconciliation", "settle_refusal",
    "settle_result", "status_after_answer", "take_back", "take_promised_place", "unfilled_seats", "waitlist_order",
    "best_matching", "bottleneck_of", "change_lead", "change_webinar", "requests_of_places", "continued", "dual_result",
    "end_request", "evaluators_needed", "fair_matching", "fill_percent", "fit_millionths", "grouped_matching",
    "index_districts", "is_allowed", "led_on", "mean_hundredths", "moves_of", "plan_capacity",
    "reconcile", "replan_cohorts", "reroute", "reschedule", "resumed_clock", "revoke", "route",
    "route_again", "seated", "settle_answer", "settle_silence", "sign_form", "stack_places", "substitutes", "withdraw",
}  # fmt: skip


def test_the_page_of_the_rules_says_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.module}.{rule.name}")
def test_every_rule_has_a_promise_a_source_clause_and_a_test(rule: Rule) -> None:
    assert rule.promise
    assert rule.source
    assert rule.tests


def test_every_rule_takes_its_numbers_from_the_policy_unless_it_needs_none() -> None:
    assert {rule.name for rule in RULES if not rule.policy_keys} == WITHOUT_NUMBERS


def test_the_keys_of_a_rule_are_found_also_in_what_it_calls() -> None:
    keys = {rule.name: set(rule.policy_keys) for rule in RULES}
    assert keys["renewal_step"] == {"certificates.reminder_days_before"}
    assert keys["settle_payment"] == {"certificates.valid_years"}
    assert {"seats.addon_maximum_seats", "cohorts.private_minimum_participants"} <= keys["admit"]
    assert keys["place_of"] == {"survey.grace_days"}
