"""The reference policy statement by statement (POLICY.md): the rules that carry it out, the tests that
prove it, and what is still missing.

Which rules belong to a statement says `rules.py`. A test of ours looks that every test named here
exists, and that nothing is said to hold that has none.
"""

from __future__ import annotations

from typing import NamedTuple

from ledger.policy.rules import RULES

_STORY = "stories/test_each_rule.py::test_each_rule_is_broken_by_asking_and_by_telling"
"""It breaks every rule there is, under two documents on two databases."""


class Statement(NamedTuple):
    """One statement: its number, what it says in short, the rules and tests, and what is open."""

    id: str
    title: str
    rules: tuple[str, ...]
    tests: tuple[str, ...]
    open: str | None


def coverage() -> list[Statement]:
    """All thirty, by number."""
    found = []
    for number, (title, *tests) in _STATEMENTS.items():
        rules = tuple(code for code, rule in RULES.items() if number in rule.statements)
        named = (*tests, _STORY) if rules else tests
        proofs = tuple(f"tests/{test}" for test in named)
        found.append(Statement(number, title, rules, proofs, _OPEN.get(number)))
    return found


_OPEN = {
    "P20": "The profile page, and the identity check with its one-time link for people without an"
    " account.",
    "P21": "The button on the profile page.",
    "P25": "The link in the mail (RFC 8058) and the profile page; the switch behind both is there.",
    "P26": "The profile page that shows every purpose and service with its state.",
    "P28": "Passwords and sessions: nobody signs in yet.",
    "P29": "The session cookie and the cookie page: nobody signs in yet.",
    "P30": "Complaints as requests with a clock, and security.txt; linked documents are there.",
}
"""What is missing of a statement. The rest of it may hold and be proven."""
_STATEMENTS: dict[str, tuple[str, ...]] = {
    "P01": (
        "Named sites, services and products are covered; a service may have a statement of its own",
        "ledger/policy/test_collecting.py::test_a_service_that_is_not_covered_and_names_no_statement_is_not_listed",
        "ledger/policy/test_collecting.py::test_a_service_is_offered_in_its_markets",
    ),
    "P02": (
        "Customer data, and content that customers store: used for what is stated only",
        "ledger/policy/test_collecting.py::test_what_customers_store_is_not_a_persons_own_data",
        "ledger/test_storing.py::test_content_lies_in_the_accounts_stream_with_the_company_as_processor",
        "ledger/test_storing.py::test_a_persons_request_about_content_is_passed_on",
        "stories/test_accounts.py::test_p02_what_a_customer_stores_is_the_customers",
        "ledger/test_closing.py::test_content_goes_as_the_customer_instructs_or_after_the_closing",
    ),
    "P03": (
        "The kinds of personal data are listed",
        "ledger/policy/test_values.py::test_a_bad_value_is_refused_without_being_repeated",
        "ledger/test_collecting.py::test_what_is_told_and_not_listed_is_kept_sealed",
        "ledger/policy/test_diff.py::test_every_entry_that_comes_or_goes_is_told",
        "ledger/policy/test_succession.py::test_a_kind_of_data_that_is_added_is_told_of",
    ),
    "P04": (
        "At sign-up the person is told what is collected, and asked for consent",
        "ledger/test_collecting.py::test_what_the_policy_does_not_allow",
        "ledger/test_collecting.py::test_who_ticks_nothing_signs_up_all_the_same",
        "ledger/test_consenting.py::test_a_consent_names_the_text_that_was_shown",
        "projections/test_invalid_consents.py::test_another_text_leaves_the_consents_given_under_the_first",
    ),
    "P05": (
        "Data may come from partners and others; the person is told",
        "ledger/test_informing.py::test_what_others_supply_opens_a_duty_by_itself",
        "ledger/test_informing.py::test_telling_late_is_recorded_and_irregular",
        "projections/test_duties.py::test_the_first_disclosure_moves_the_day_forward",
        "projections/test_duties.py::test_the_first_message_to_the_person_moves_it_too",
        "ledger/test_grounds.py::test_a_reseller_gets_the_values_of_its_purchase",
    ),
    "P06": (
        "What comes by e-mail or in a meeting is volunteered, for use inside the company",
        "ledger/test_protecting.py::test_what_was_volunteered_serves_internal_purposes_and_nothing_beside_it",
        "ledger/test_protecting.py::test_the_person_and_the_law_override_what_was_volunteered",
    ),
    "P07": (
        "A purchase adds billing data and opens an account with members",
        "stories/test_accounts.py::test_p07_people_share_an_account_and_each_can_be_told_of_it",
        "ledger/test_accounting.py::test_an_account_opens_with_its_members_and_says_so_in_both_streams",
        "ledger/test_annulling_facts.py::test_who_never_joined_owes_nothing",
        "ledger/test_closing.py::test_the_name_and_the_evidence_go_three_years_after_the_closing",
    ),
    "P08": (
        "Card and account numbers are never stored",
        "api/test_identifiers.py::test_no_digit_is_kept_anywhere",
        "ledger/test_guarding.py::test_what_is_asked_is_refused_on_record",
        "ledger/test_guarding.py::test_what_is_told_is_taken_without_it",
    ),
    "P09": (
        "One sign-in serves many sites and services",
        "api/test_access.py::test_it_lists_the_services_that_were_joined_one_by_one",
    ),
    "P10": (
        "Links in newsletters may show what was clicked",
        "ledger/policy/test_collecting.py::test_a_click_names_the_message_it_came_from",
        "ledger/policy/test_collecting.py::test_clicks_are_seen_where_their_own_purpose_is_on",
        "ledger/test_informing.py::test_a_click_is_kept_with_the_message_it_came_from",
    ),
    "P11": (
        "What data is used for: a register of purposes, each on its legal basis",
        "ledger/test_protecting.py::test_the_law_that_protects_a_person_decides_what_a_purpose_rests_on",
        "ledger/policy/test_regimes.py::test_the_strictest_basis_counts",
        "ledger/policy/test_consistency.py::test_a_contradiction_is_named_with_its_remedy",
    ),
    "P12": (
        "Some messages are mandatory, and carry no promotion",
        "ledger/policy/test_messages.py::test_a_message_is_registered_for_its_purpose",
        "api/test_duties.py::test_a_run_and_a_collection_name_their_message",
        "ledger/test_consenting.py::test_a_required_purpose_stays_on",
    ),
    "P13": (
        "Promotional news can be turned off for all products and services at once",
        "ledger/test_consenting.py::test_off_for_all_outranks_on_for_one",
        "ledger/test_consenting.py::test_off_for_all_is_undone_by_the_person_alone",
    ),
    "P14": (
        "Storage and processing where the company and its providers are",
        "api/test_duties.py::test_the_countries_are_worked_out_from_the_registers",
        "api/test_reports.py::test_transfers_are_listed_by_country_with_their_safeguards",
        "projections/test_transfers.py::test_disclosures_are_counted_by_country_safeguard_recipient_and_purpose",
    ),
    "P15": (
        "Nothing leaves the company and its affiliates without consent, save as stated",
        "ledger/test_disclosing.py::test_no_consent_no_disclosure",
        "ledger/policy/test_grounds.py::test_an_affiliate_is_one_on_the_days_of_control",
        "ledger/policy/test_passing.py::test_one_rule_is_broken_when_passing_on",
    ),
    "P16": (
        "Never sold, never for a third party's marketing",
        "ledger/policy/test_grounds.py::test_what_is_never_passed_on_is_found_first_on_every_ground",
        "ledger/test_grounds.py::test_never_sold_and_never_for_others_marketing_on_any_ground",
        "ledger/policy/test_standing.py::test_what_may_never_be_passed_on_is_never_reached",
    ),
    "P17": (
        "Service providers get what their service needs, in confidence",
        "ledger/policy/test_passing.py::test_one_rule_is_broken_when_passing_on",
        "ledger/test_grounds.py::test_who_does_not_promise_silence",
        "ledger/test_standing.py::test_what_the_policy_does_not_allow",
        "ledger/test_erasing.py::test_holders_with_standing_access_are_ordered_too",
        "api/test_outside.py::test_a_standing_access_is_refused_or_told",
        "api/test_outside.py::test_who_works_for_a_recipient_is_shown",
    ),
    "P18": (
        "Access and disclosure for law, rights, property and safety",
        "ledger/test_disclosing.py::test_an_authority_needs_a_reference_or_its_own_ground",
        "ledger/test_grounds.py::test_a_ground_asks_for_one_of_a_function",
        "ledger/test_grounds.py::test_nothing_is_hidden_where_the_ground_knows_no_gag",
        "ledger/test_opening.py::test_staff_open_messages_for_support_or_on_a_ground",
        "ledger/test_disclosing.py::test_what_is_forbidden_to_mention_stays_so_until_the_later_day",
    ),
    "P19": (
        "A merger or sale of assets may pass data on, in two stages",
        "ledger/test_handing_over.py::test_in_two_stages_and_then_it_is_told",
        "ledger/test_handing_over.py::test_each_person_is_decided_alone_and_the_act_links_them",
        "ledger/test_handing_over.py::test_whether_a_stage_must_come_before_says_the_document",
    ),
    "P20": (
        "People view, edit and update their data",
        "api/test_subjects.py::test_a_correction_must_know_what_it_corrects",
        "api/test_subjects.py::test_a_person_looks_through_a_system",
    ),
    "P21": (
        "Deletion can be asked for at any time",
        "api/test_erasures.py::test_a_whole_erasure_in_three_parts",
        "ledger/test_sweeping.py::test_where_deletions_are_automatic_they_are_carried_out",
        "ledger/test_sweeping.py::test_where_deletions_are_reviewed_one_waits_for_its_reviewer",
        "ledger/test_closing.py::test_the_account_of_a_person_ends_with_the_person",
        "stories/test_story.py::test_one_life",
    ),
    "P22": (
        "An outstanding credit prevents deletion until it is settled",
        "stories/test_accounts.py::test_p22_what_is_owed_waits_for_who_answers_for_it",
        "stories/test_accounts.py::test_p22_who_joins_a_debtor_answers_too",
        "stories/test_accounts.py::test_p22_a_settling_that_was_an_error_holds_again_what_is_left",
        "ledger/test_accounting.py::test_a_hold_is_released_like_a_credit_is_settled",
    ),
    "P23": (
        "Some data may stay to prevent fraud, for safety and security",
        "stories/test_accounts.py::test_p23_a_case_keeps_what_was_named_for_it_until_it_is_closed",
        "ledger/test_carrying.py::test_what_was_carried_outlives_the_erasure_and_serves_the_case_alone",
        "ledger/policy/test_consistency.py::test_a_contradiction_is_named_with_its_remedy",
    ),
    "P24": (
        "A paid licence keeps what its quotes and invoices need, for tax",
        "ledger/test_sweeping.py::test_what_is_due_is_scheduled_and_dies_a_day_later",
        "stories/test_accounts.py::test_p24_a_quote_goes_and_with_a_paid_licence_stays",
        "stories/test_accounts.py::test_p24_a_payment_that_was_an_error_keeps_nothing",
        "ledger/test_closing.py::test_the_number_of_a_paid_licence_is_kept_as_long_as_the_law_asks",
        "ledger/test_accounting.py::test_a_paid_licence_keeps_the_earlier_invoices_of_what_it_rests_on",
        "ledger/test_accounting.py::test_a_licence_whose_tax_period_is_over_keeps_nothing",
    ),
    "P25": (
        "Promotional mail is stopped from the mail itself or on the profile page",
        "api/test_consents.py::test_switches_by_service_and_for_all",
    ),
    "P26": (
        "Wherever data is processed there is an option to disable it",
        "api/test_processing.py::test_a_run_from_start_to_report",
        "ledger/test_running.py::test_a_run_for_what_is_not_listed_does_not_begin",
    ),
    "P27": (
        "Limited access, encryption, and every look on record",
        "ledger/test_opening.py::test_the_opening_says_who_of_which_function_and_why",
        "api/test_access_control.py::test_each_route_asks_for_its_permission",
        "api/test_tls.py::test_the_newest_tls_is_spoken_and_no_old_one",
        "test_readme.py::test_compose_sends_nothing_in_the_clear",
        "test_readme.py::test_compose_speaks_tls_with_a_certificate_it_makes",
        "stories/test_story.py::test_one_life",
    ),
    "P28": ("Passwords protect accounts",),
    "P29": ("Session cookies, to sign in and to personalise",),
    "P30": (
        "Questions, complaints, and a further policies document",
        "api/test_access.py::test_it_holds_all_that_the_law_asks_for",
        "ledger/policy/test_diff.py::test_a_notice_that_goes_or_changes_leaves_its_consents_behind",
    ),
}
"""Of each: what it says, and the tests that prove it, below `tests/`."""
