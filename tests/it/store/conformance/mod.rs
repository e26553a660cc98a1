//! What every store must do, whichever database lies under it: `conformance!(name, fresh)` runs all
//! cases, each on a store of its own that `fresh` makes.

use std::sync::Arc;

use tingsu::store::Store;

mod accounts;
mod acts;
mod events;
mod intake;
mod judgement;
mod oversight;
mod reading;
mod upkeep;
mod watches;

type Any = Arc<dyn Store>;

/// All cases against one implementation; `$fresh` is an async function that gives what must be kept
/// alive and the store.
macro_rules! conformance {
    ($name:ident, $fresh:path) => {
        conformance!(@cases $name, $fresh,
            intake: what_goes_in_comes_out original_text_is_kept_to_the_byte ids_are_numbered_by_city_day given_numbers_are_passed_over equal_content_is_same_and_other_content_conflicts idempotency_keys many_in_one_go numbers_that_json_cannot_hold concurrent_adds_are_all_there;
            judgement: triage_waits_or_is_done software_never_lowers kept_level_keeps_its_cause people_lower_with_a_reason decisions_are_kept audit_names_old_new_and_cause;
            reading: days_are_the_citys_and_categories_the_effective_ones lists_filter_effective_labels list_pages_newest_first changes_and_tickets_after workflow_steps readings_hide_no_change jobs_have_leases notes unknown_tickets;
            accounts: people_are_kept the_last_administrator_stays sessions_open_and_end keys_are_known_by_id failures_are_counted what_is_no_account_is_not_told every_change_is_in_the_audit;
            oversight: counts_are_of_what_is_listed open_cases_know_how_often_they_were_told what_was_taken_up_again_is_listed_apart orders_are_issued_once_and_closed_once;
            acts: acts_move_the_ticket_and_are_kept what_the_workflow_refuses_changes_nothing an_act_and_its_decision_are_one names_have_bounds marks_come_and_go a_call_is_stored_whole_or_not_at_all lists_are_kept_by_person ids_follow_the_list;
            events: corrections_are_kept_and_taken_back acts_that_belong_together_are_kept_together lineage_is_kept a_parent_holds_children_until_it_is_taken_back;
            watches: searches_are_kept_by_person a_match_is_told_once what_came_before_is_not_told alerts_are_paged_and_seen;
            upkeep: the_audit_is_paged_by_what_is_asked alarms_stand_by_their_last_line;
        );
    };
    (@cases $name:ident, $fresh:path, $($group:ident: $($case:ident)+;)+) => {
        mod $name {
            $($(#[tokio::test]
            async fn $case() {
                let (_guard, store) = $fresh().await;
                super::$group::$case(store).await;
            })+)+
        }
    };
}

conformance!(sqlite, crate::store::given::shared);
