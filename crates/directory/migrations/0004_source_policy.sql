-- Sources as an administrator meets them: where a person stands, why a record has no user, removed sources and groups.

-- state: pending, active, blocked, deactivated. deactivates_at: when a blocked person's delay is over. kept: no source
-- has the person any more, and the policy of the last one was to keep them.
ALTER TABLE users ADD COLUMN state KEYTEXT NOT NULL DEFAULT 'active';
ALTER TABLE users ADD COLUMN state_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN state_cause UUID;
ALTER TABLE users ADD COLUMN deactivates_at BIGINT;
ALTER TABLE users ADD COLUMN kept BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE users SET state_since = modified_at;
UPDATE users SET state = 'deactivated' WHERE active = FALSE;
CREATE INDEX users_due ON users (tenant, deactivates_at) WHERE deactivates_at IS NOT NULL AND on_hold = FALSE;
CREATE INDEX users_by_state ON users (tenant, state, id) WHERE state <> 'active';

-- unjoined is a code from here on. A record without user and without code is of somebody who is not active yet.
UPDATE records SET unjoined = 'ambiguous' WHERE unjoined IS NOT NULL;
CREATE INDEX records_unjoined ON records (tenant, source, id) WHERE unjoined IS NOT NULL;

-- state: live, deleting. bodies_until: bodies of requests are kept until then.
ALTER TABLE sources ADD COLUMN state KEYTEXT NOT NULL DEFAULT 'live';
ALTER TABLE sources ADD COLUMN bodies_until BIGINT NOT NULL DEFAULT 0;

-- A group that its source has deleted, and that something still names.
ALTER TABLE groups ADD COLUMN deleted_at BIGINT;
CREATE INDEX groups_deleted ON groups (tenant, id) WHERE deleted_at IS NOT NULL;

-- Work in the background that goes through many records or users, a bounded piece at a time. position: the last one
-- that was looked at. people: what becomes of the people of a source that is removed.
CREATE TABLE chores (
  tenant UUID NOT NULL, kind KEYTEXT NOT NULL, source UUID NOT NULL, revision BIGINT NOT NULL, position UUID NOT NULL,
  done BIGINT NOT NULL, total BIGINT NOT NULL, people TEXT, actor_kind TEXT NOT NULL, actor TEXT NOT NULL,
  request UUID, started_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, kind, source)
) CLUSTERED;
-- More attributes of users are indexed than before.
INSERT INTO chores (tenant, kind, source, revision, position, done, total, actor_kind, actor, started_at)
  SELECT id, 'index', id, 1, id, 0, 0, 'system', 'lockstep', 0 FROM tenants;

-- The sync log is what sources did to the audit trail, with what was skipped or failed. result: done, skipped, failed.
ALTER TABLE changes ADD COLUMN source UUID;
ALTER TABLE changes ADD COLUMN result KEYTEXT NOT NULL DEFAULT 'done';
ALTER TABLE changes ADD COLUMN error TEXT;
CREATE INDEX changes_by_source ON changes (tenant, source, id) WHERE source IS NOT NULL;
CREATE INDEX changes_not_done ON changes (tenant, id) WHERE result <> 'done';

-- What a request said and was answered, redacted; kept for a day, and only while an administrator asked for it.
CREATE TABLE request_bodies (
  tenant UUID NOT NULL, source UUID NOT NULL, request UUID NOT NULL, asked TEXT, answered TEXT,
  PRIMARY KEY (tenant, source, request)
) CLUSTERED;
CREATE INDEX request_bodies_by_age ON request_bodies (tenant, request)
