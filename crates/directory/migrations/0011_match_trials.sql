-- What matching would come to for everybody in an application: one trial for each application, the newest.
CREATE TABLE match_trials (
  tenant UUID NOT NULL, application UUID NOT NULL, id UUID NOT NULL, started_at BIGINT NOT NULL, moved_at BIGINT NOT NULL,
  finished_at BIGINT, done BIGINT NOT NULL, total BIGINT NOT NULL, outlook TEXT NOT NULL, fault TEXT,
  PRIMARY KEY (tenant, application)
)
