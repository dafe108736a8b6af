-- Records that have no user because their userName is another user's: they get theirs as soon as it is free.
CREATE INDEX records_waiting ON records (tenant, name_key) WHERE unjoined = 'name_taken';
-- Those whose name became free before anybody looked.
INSERT INTO chores (tenant, kind, source, revision, position, done, total, actor_kind, actor, started_at)
  SELECT DISTINCT r.tenant, 'rejoin', r.source, 1, r.source, 0, 0, 'system', 'lockstep', 0 FROM records r
  WHERE r.unjoined = 'name_taken'
    AND NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant = r.tenant AND u.name_key = r.name_key)
  ON CONFLICT (tenant, kind, source) DO UPDATE SET revision = chores.revision + 1, position = excluded.position;
-- How many records a source ever lost: while this and total stay as they are, nothing came or went.
ALTER TABLE record_counts ADD COLUMN gone BIGINT NOT NULL DEFAULT 0
