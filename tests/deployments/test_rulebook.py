import pytest

from deployments.import_checks import UNREADABLE_ROWS
from deployments.rulebook import PAGE, Rule, decided_rules, page, rules
from rules.rule_ids import RuleId
from tasks.intake.check import KEPT_BACK, UNREADABLE
from tasks.intake.settle import UNFORESEEN

RULES, DECIDED = rules(), decided_rules()
WITHOUT_NUMBERS = {
    "accept_proof", "admit_attendance", "admit_beside_rounds", "admit_resubmission", "admit_score", "alike_percent",
    "allocate", "answer_on_record", "answer_start", "apply_line", "ask_for_a_leader", "at_position",
    "balanced_matching", "best_matching", "bottleneck_in_words", "bottleneck_of", "can_move", "change_address",
    "change_lead", "change_leader", "change_office_hours", "change_panel_entry", "change_webinar", "check_artifacts",
    "check_in", "close_agreement", "close_waitlist", "confirm_in_silence", "confirm_refund", "continued",
    "count_activity", "decide_start", "declare_conflict", "dissolve", "dual_result", "end_librarian_seat",
    "end_re_review", "end_request", "end_without_cohort", "evaluators_needed", "exceptions_for", "extended_window",
    "fewer_after_confirmation", "fill_percent", "find_offer", "goes_with_result", "greatest_exact_fit",
    "grouped_matching", "handed_over", "has_passed", "hold_review", "holds_seat", "include_district", "index_districts",
    "is_allowed", "is_another_lead", "is_another_name", "is_open", "joined_another", "keeps_its_days", "kind_of_round",
    "lapse_unsigned", "late_result", "learns_in_cohort", "leave_panel", "leave_waitlist", "led_on", "left_to_lead",
    "let_facilitator_go", "let_wait", "librarian_room", "lose_slot", "match_pairs", "may_replan", "mean_hundredths",
    "merge_persons", "minute_of_week", "moves_of", "needs_correction", "never_fewer", "newest_result",
    "next_working_day", "offer_choices", "open_space", "open_until", "opt_in_again", "part_persons",
    "pass_office_hours_on", "pass_review_on", "pass_seat_on", "place", "place_again", "plain_name", "plan_capacity",
    "plan_cohorts", "plan_office_hours", "re_review_to_end", "recognized", "reconcile", "reconsider_librarians",
    "reject_stranger", "release_unfilled", "replan_cohorts", "report_conflicted_result", "request_again",
    "requests_after_confirmation", "requests_of_places", "reschedule", "resume_review",
    "resumed_clock", "review_again", "revoke", "round_opened", "schedules_of", "seat_complete_on", "seated",
    "seats_given_back", "seats_of_offer", "seeks_both", "served_by_release", "session_exceptions", "settle_answer",
    "settle_reconciliation", "settle_refund", "settle_refusal", "settle_result", "settle_silence", "settle_withdrawal",
    "share_in_order", "sign_form", "slot_of", "slot_start", "stack_places", "status_after_answer", "substitutes",
    "suits", "take_back", "take_promised_place", "take_up_again", "tell_start", "to_decide", "too_many_seats",
    "tracks_of", "unfilled_seats", "waitlist_order", "week_of_deadline", "weekly", "weeks_to_move", "who_moves",
    "window_in_words", "withdraw", "withdraw_for_conflict", "without_waitlist", "would_overtake",
}  # fmt: skip


def test_the_page_of_the_rules_says_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.module}.{rule.name}")
def test_every_rule_has_a_promise_a_source_clause_and_a_test(rule: Rule) -> None:
    assert rule.promise
    assert rule.source
    assert rule.tests


@pytest.mark.parametrize("rule_id", RuleId)
def test_every_id_of_a_decision_names_where_it_is_decided_its_source_and_a_test(rule_id: RuleId) -> None:
    mine = DECIDED[rule_id]
    assert mine
    assert any(rule.source for rule in mine)
    assert any(rule.tests for rule in mine)
    assert not any("scenario_coverage" in rule.place for rule in mine)


def test_every_rule_takes_its_numbers_from_the_policy_unless_it_needs_none() -> None:
    assert {rule.name for rule in RULES if not rule.policy_keys} == WITHOUT_NUMBERS


def test_the_keys_of_a_rule_are_found_also_in_what_it_calls() -> None:
    keys = {rule.name: set(rule.policy_keys) for rule in RULES}
    assert keys["renewal_step"] == {"certificates.reminder_days_before"}
    assert keys["settle_payment"] == {"certificates.renewal_window_days", "certificates.valid_years"}
    assert {"seats.addon_maximum_seats", "cohorts.private_minimum_participants"} <= keys["admit"]
    assert keys["place_of"] == {"survey.grace_days"}


def test_every_check_of_a_row_that_cannot_be_read_or_settled_is_explained() -> None:
    assert UNREADABLE_ROWS.keys() == UNREADABLE | KEPT_BACK | {UNFORESEEN}
