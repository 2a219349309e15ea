//! What every store must do, as tests that take any store: its own crate runs them all, one test a case.
//!
//! ```text
//! macro_rules! tests { ($($area:ident { $($case:ident)* })*) => { /* a test for each area::case */ } }
//! access_store::for_each_conformance_case!(tests);
//! ```
//!
//! Each case wants an empty store of its own (before `initialise`).

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "test code, in the library only so that other stores can run it; a case's name describes it"
)]

pub mod api_keys;
pub mod askers;
pub mod audit;
pub mod bulk;
pub mod cleaning;
pub mod concurrency;
pub mod epochs;
pub mod families;
pub mod fixture;
pub mod groups;
pub mod idempotency;
pub mod last_admin;
pub mod last_used;
pub mod listing;
pub mod listing_order;
pub mod listing_states;
pub mod logins;
pub mod oidc;
pub mod project_lists;
pub mod projects;
pub mod scheduling;
pub mod service;
pub mod service_settings;
pub mod tokens;
pub mod users;

/// Calls the macro `$run` with every case: `area { case case … } …`.
#[macro_export]
macro_rules! for_each_conformance_case {
    ($run:ident) => {
        $run! {
            service {
                first_state_is_written_once
                signing_keys_come_back
                ping_writes_nothing_that_shows
            }
            tokens {
                every_field_comes_back
                a_token_with_nothing_optional_comes_back
                unknown_ids_are_absent
                a_reference_is_found_by_its_whole_hash
                state_shows_the_user_as_of_now
                a_user_with_groups_is_shown_whole
                revocation_is_once_and_keeps_the_first_reason
                tokens_of_other_subjects_have_no_user
                extreme_times_come_back
                nothing_is_made_for_a_credential_that_is_gone
            }
            idempotency {
                a_repeated_request_writes_nothing
                a_record_older_than_the_cutoff_is_replaced
                a_repeated_request_is_found_with_its_token
            }
            families {
                rotation_moves_the_family_and_revokes_the_old_token
                a_wrong_generation_changes_nothing
                a_decision_that_no_longer_holds_changes_nothing
                retry_replaces_the_lost_successor_once
                retry_after_use_changes_nothing
                retry_after_the_window_changes_nothing
                a_family_revoked_meanwhile_does_not_move
                a_family_whose_token_is_revoked_does_not_move
                an_unknown_family_does_not_move
                refusals_are_no_moves
                a_token_revoked_by_request_keeps_its_reason
                revoking_a_family_revokes_its_tokens_once
                revoking_the_current_token_revokes_the_family
                revoking_a_replaced_token_ends_what_came_of_it
                only_the_current_token_marks_its_use
            }
            users {
                every_field_comes_back
                a_name_is_taken_once
                named_groups_must_exist
                new_users_join_automatic_groups
                a_change_touches_what_it_names
                groups_are_replaced_added_and_removed
                outcomes_of_changes_that_cannot_be
                a_log_in_is_noted_forwards
                deleting_takes_the_memberships
                pages_follow_the_name_in_both_directions
                filters_of_the_list
            }
            groups {
                every_field_comes_back
                a_name_is_taken_once
                members_must_exist
                a_change_touches_what_it_names
                members_are_replaced_added_and_removed
                outcomes_of_changes_that_cannot_be
                existing_groups_tells_who_administers
                deleting_takes_the_memberships
                pages_follow_the_name_in_both_directions
            }
            projects {
                every_field_comes_back
                a_change_touches_what_it_names
                members_have_the_roles_they_were_given_last
                roles_are_made_changed_and_taken_away
                who_administers_is_a_fact_of_now
                what_is_deleted_takes_its_memberships
                tokens_end_with_their_project
                very_many_tokens_end_piece_by_piece
                who_lost_the_project_writes_nothing
                who_may_no_longer_manage_members_changes_none
            }
            project_lists {
                an_administrators_lists_hold_the_own_tokens_and_those_of_the_projects
            }
            epochs {
                disabling_a_user_changes_its_epoch
                tokens_made_for_a_name_before_its_user_end_with_it
                locking_a_user_does_not
                losing_the_admin_flag_changes_the_epoch
                an_admin_through_a_group_keeps_it_without_the_flag
                leaving_an_admin_group_changes_the_epoch
                other_changes_leave_the_epoch
                changes_of_a_group_reach_all_who_lose
                deleting_a_group_reaches_all_who_lose
                removing_members_reaches_only_them
            }
            last_admin {
                the_last_one_cannot_be_deleted
                the_last_one_cannot_be_changed
                the_last_admin_group_cannot_go
                a_locked_admin_does_not_count
                a_store_without_admins_can_be_changed
            }
            listing {
                only_live_tokens_are_listed
                tokens_follow_their_user
                filters
                descriptions_match_literally
                visibility_and_name_must_agree
            }
            listing_order {
                every_order_and_page_equals_the_model
            }
            listing_states {
                who_has_a_name_is_not_who_had_it_before
                every_state_and_filter_equals_the_model
                a_part_of_a_scope_is_neither_its_middle_nor_quoted_text
                pages_are_full_where_few_of_many_rows_match
                a_list_of_all_tells_whose_user_is_gone
            }
            logins {
                wrong_passwords_are_counted_by_name
                old_wrong_passwords_are_forgotten
                a_password_expires_until_a_new_one_is_set
                a_password_is_replaced_by_who_knows_it
                a_web_login_waits_and_ends
                web_logins_are_bounded
                nobody_pushes_out_an_approved_web_login
                a_web_login_of_who_was_locked_gives_none
                wrong_codes_end_a_web_login
                a_web_login_is_approved_once
                an_approved_web_login_gives_one_token
                a_web_login_whose_user_is_gone_gives_none
                what_is_over_is_freed
            }
            scheduling {
                what_is_due_sooner_is_never_postponed
                past_its_moment_a_token_counts_as_revoked
                what_was_told_to_be_gone_stays_so_when_the_clock_is_set_back
                what_is_past_its_moment_is_written_down_in_batches
                a_spent_refresh_token_ends_a_family_past_its_moment_for_good
                before_its_moment_a_token_can_be_revoked_at_once
                a_successor_without_the_moment_as_it_is_when_it_is_written_is_not_written
                past_its_moment_a_family_does_not_move_and_is_gone
                scheduling_a_replaced_token_schedules_what_came_of_it
                nothing_is_made_for_a_credential_past_its_moment
                what_is_past_its_moment_is_freed
            }
            bulk {
                many_are_revoked_as_each_would_be
                who_may_no_longer_ask_revokes_nothing
                all_that_match_are_found_whatever_the_page
            }
            last_used {
                uses_are_noted_in_batches_and_only_move_forward
            }
            cleaning {
                what_ended_before_the_cutoff_goes
                families_and_subjects_go_with_their_last_token
                the_limit_is_kept
            }
            askers {
                no_change_is_made_for_a_credential_that_is_gone
                every_change_is_made_for_a_credential_that_is_there
            }
            audit {
                each_change_leaves_one_row_and_no_other
                the_trail_is_newest_first_by_writing
            }
            oidc {
                every_field_comes_back
                names_are_taken_once
                mappings_stand_by_priority_and_name
                only_the_state_that_was_read_is_replaced
                deleting_a_provider_takes_its_mappings
                deleting_a_project_takes_its_providers_and_mappings
                a_proof_counts_once
                reg_51_proofs_of_different_kinds_never_meet
                a_repeated_exchange_is_told_from_a_replayed_proof
                what_was_decided_on_another_state_is_not_done
                a_user_who_is_gone_gets_nothing
                old_proofs_are_freed_and_others_kept
                one_exchange_of_many_wins
            }
            api_keys {
                a_key_comes_back_by_name_and_by_hash
                a_user_has_one_key_until_it_is_replaced
                a_key_of_another_epoch_is_none
                only_who_is_enabled_gets_a_key
                keys_go_one_by_one_or_all_and_with_their_user
                nothing_is_made_for_a_key_that_is_gone
            }
            service_settings {
                the_latest_value_counts
            }
            concurrency {
                one_rotation_of_many_wins
                one_request_of_many_repeated_ones_wins
                one_user_of_many_with_a_name_wins
                one_of_two_last_admins_stays
                one_revocation_of_many_counts
            }
        }
    };
}
