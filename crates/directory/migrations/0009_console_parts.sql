-- What a run came to, by what kind of object it was about: 0 user, 1 group, 2 membership.
CREATE TABLE run_counts (
  tenant UUID NOT NULL, run UUID NOT NULL, kind BIGINT NOT NULL, status KEYTEXT NOT NULL, total BIGINT NOT NULL,
  PRIMARY KEY (tenant, run, kind, status)
) CLUSTERED
;
-- Who left, and when, for the time that it takes until their accounts are gone.
CREATE INDEX changes_of_leavers ON changes (tenant, id)
  WHERE object_kind = 'user' AND action IN ('block', 'deactivate', 'delete')
;
-- The demo data set, while it is there: what it made. application: none without a SCIM server to try it on.
CREATE TABLE demo (
  tenant UUID PRIMARY KEY, source UUID NOT NULL, application UUID, loaded_at BIGINT NOT NULL
)
;
-- Groups in the order of their last change.
CREATE INDEX groups_by_modified ON groups (tenant, modified_at, id);
-- More attributes of users are indexed than before.
INSERT INTO chores (tenant, kind, source, revision, position, done, total, actor_kind, actor, started_at)
  SELECT id, 'index', id, 1, id, 0, 0, 'system', 'lockstep', 0 FROM tenants WHERE TRUE
  ON CONFLICT (tenant, kind, source) DO UPDATE SET revision = chores.revision + 1, position = excluded.position
