-- How clients get in: every kind of source token, access tokens, refused requests, and which client a source is for.
ALTER TABLE sources ADD COLUMN client TEXT NOT NULL DEFAULT 'generic';
-- The last_request_at of the silence that the log was told about.
ALTER TABLE sources ADD COLUMN silence_told BIGINT;

-- networks: JSON list of CIDR ranges; empty = from anywhere. warned_days: the last warning of its end that was logged.
ALTER TABLE source_tokens ADD COLUMN kind TEXT NOT NULL DEFAULT 'bearer';
ALTER TABLE source_tokens ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE source_tokens ADD COLUMN last4 TEXT;
ALTER TABLE source_tokens ADD COLUMN networks TEXT NOT NULL DEFAULT '[]';
ALTER TABLE source_tokens ADD COLUMN access_minutes BIGINT;
ALTER TABLE source_tokens ADD COLUMN last_used_from TEXT;
ALTER TABLE source_tokens ADD COLUMN warned_days BIGINT;
CREATE INDEX source_tokens_by_end ON source_tokens (tenant, expires_at) WHERE revoked_at IS NULL;

-- What an OAuth client got for its secret; and, with scratch, what a self-test carries: a tenant that only it sees.
CREATE TABLE access_tokens (
  id KEYTEXT PRIMARY KEY, tenant UUID NOT NULL, source UUID NOT NULL, client KEYTEXT, scratch UUID,
  hash KEYTEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
);
CREATE INDEX access_tokens_by_client ON access_tokens (tenant, client, created_at);
CREATE INDEX access_tokens_by_end ON access_tokens (tenant, expires_at);

-- Requests whose credentials were refused: the last one for each reason. token_end: its last three characters.
CREATE TABLE source_refusals (
  tenant UUID NOT NULL, source UUID NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL, total BIGINT NOT NULL,
  method TEXT NOT NULL, token_end TEXT, address TEXT,
  PRIMARY KEY (tenant, source, reason)
);

ALTER TABLE requests ADD COLUMN test BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX requests_refused ON requests (tenant, source, id) WHERE status >= 400;
