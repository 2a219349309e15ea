-- What has to be found at once to be revoked, however many tokens the user or the project has had: tokens that were made
-- for a name before there was such a user, and a project's tokens.
CREATE INDEX tokens_unbound ON tokens (subject_no) WHERE user_epoch IS NULL AND revoked_at IS NULL;
CREATE INDEX tokens_live_by_project ON tokens (project_key, issued_at, token_id)
    WHERE project_key IS NOT NULL AND revoked_at IS NULL;
