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
