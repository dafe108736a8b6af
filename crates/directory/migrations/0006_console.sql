-- The console: lists in the order people ask for, what is wrong, and figures over time.

CREATE INDEX users_by_modified ON users (tenant, modified_at, id);
CREATE INDEX users_inactive ON users (tenant, id) WHERE active = FALSE;
CREATE INDEX users_on_hold ON users (tenant, id) WHERE on_hold = TRUE;

-- What is not in step, and is known to be so. Most work never is: a pending mark without an error costs nothing here.
CREATE INDEX work_errors ON work (tenant, status, application, error_code) WHERE error_code IS NOT NULL;
CREATE INDEX operations_by_application ON operations (tenant, application, id);
CREATE INDEX operations_open ON operations (tenant, id) WHERE status <> 'succeeded';

-- Small counters for charts, so that no history is ever counted. hour: hours since 1970.
-- kind: 'operations' (subject: an application) or 'requests' (subject: a source).
CREATE TABLE statistics (
  tenant UUID NOT NULL, kind KEYTEXT NOT NULL, hour BIGINT NOT NULL, subject UUID NOT NULL, status KEYTEXT NOT NULL,
  total BIGINT NOT NULL,
  PRIMARY KEY (tenant, kind, hour, subject, status)
) CLUSTERED
;
-- What publishing a draft would do: one plan for each application, the newest.
CREATE TABLE plans (
  tenant UUID NOT NULL, application UUID NOT NULL, id UUID NOT NULL, started_at BIGINT NOT NULL, moved_at BIGINT NOT NULL,
  finished_at BIGINT, done BIGINT NOT NULL, total BIGINT NOT NULL, outlook TEXT NOT NULL, fault TEXT,
  PRIMARY KEY (tenant, application)
)
;
-- Sign-in. Whoever could do everything so far is an owner from now on.
UPDATE administrators SET role = 'owner' WHERE role = 'administrator';
-- application: of a manager. totp: sealed, and counts once it is confirmed. totp_step: of the last code that was used.
ALTER TABLE administrators ADD COLUMN application UUID;
ALTER TABLE administrators ADD COLUMN last_seen_at BIGINT;
ALTER TABLE administrators ADD COLUMN totp TEXT;
ALTER TABLE administrators ADD COLUMN totp_confirmed_at BIGINT;
ALTER TABLE administrators ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
CREATE TABLE recovery_codes (
  tenant UUID NOT NULL, administrator UUID NOT NULL, hash KEYTEXT NOT NULL,
  PRIMARY KEY (tenant, administrator, hash)
);
-- handle: by which a session is shown and ended, while its id is the hash of its secret.
ALTER TABLE sessions ADD COLUMN handle UUID;
ALTER TABLE sessions ADD COLUMN confirmed_at BIGINT;
ALTER TABLE sessions ADD COLUMN agent TEXT;
ALTER TABLE sessions ADD COLUMN network TEXT;
CREATE TABLE settings (tenant UUID PRIMARY KEY, settings TEXT NOT NULL, version BIGINT NOT NULL)
