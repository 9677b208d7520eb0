from deployments.auditbook import DOMAIN, PAGE, page
from rules.rule_ids import RuleId
from tasks.season.audit import checks

# Rules that no stored data can show to be broken, each with the reason.
WITHOUT_CHECK: dict[RuleId, str] = {}


def test_the_page_of_the_audit_says_what_the_checks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_row_of_the_domain_has_a_check_and_every_check_a_row() -> None:
    cited = {source for check in checks() for source in check.sources}
    assert cited == DOMAIN.keys()


def test_every_rule_is_held_to_account_by_a_check_unless_it_says_why_none_can() -> None:
    named = {rule for check in checks() for rule in check.rules}
    assert named - set(RuleId) == set()
    assert set(RuleId) - named == WITHOUT_CHECK.keys()
