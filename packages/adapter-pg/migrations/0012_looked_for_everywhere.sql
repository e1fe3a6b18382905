-- A key is looked for whatever has become of it, and what has expired is removed in all organizations together.
CREATE INDEX "api_keys_key_hash_everywhere" ON "api_keys" ("key_hash", "id");
CREATE INDEX "refresh_tokens_expires_at_everywhere" ON "refresh_tokens" ("expires_at", "id");
CREATE INDEX "sessions_expires_at_everywhere" ON "sessions" ("expires_at", "id");
CREATE INDEX "sessions_ended_at_everywhere" ON "sessions" ("ended_at", "id");
CREATE INDEX "verification_tokens_expires_at_everywhere" ON "verification_tokens" ("expires_at", "id");
CREATE INDEX "registrations_expires_at_everywhere" ON "registrations" ("expires_at", "id");
