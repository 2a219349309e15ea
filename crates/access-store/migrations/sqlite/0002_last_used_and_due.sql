-- When a token was last used, exact to a minute, and when it is to be revoked without anybody asking again.
ALTER TABLE tokens ADD COLUMN last_used INTEGER;
ALTER TABLE tokens ADD COLUMN revocation_due INTEGER;

-- Few rows at a time: what is due is freed like what was revoked.
CREATE INDEX tokens_by_revocation_due ON tokens (revocation_due)
    WHERE revocation_due IS NOT NULL AND revoked_at IS NULL;
-- The other halves of tokens_by_creation and tokens_by_expiry, for lists of what was revoked. A new token
-- is in none of them, so making one costs what it did.
CREATE INDEX tokens_revoked_by_creation ON tokens (issued_at, token_id) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_revoked_by_expiry ON tokens (expires_at, token_id) WHERE revoked_at IS NOT NULL;
