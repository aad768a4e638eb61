-- Common SQL of H2 2.5 and PostgreSQL 15. Ids and scopes are ASCII and compare byte for byte.
-- Texts are as wide as their characters take in UTF-16, which is what H2 counts; PostgreSQL counts characters.

-- The one row that every change locks first.
CREATE TABLE store (
  id SMALLINT NOT NULL PRIMARY KEY,
  install_id UUID NOT NULL,
  epoch VARCHAR(16) NOT NULL,
  revision BIGINT NOT NULL,
  floor_revision BIGINT NOT NULL,
  last_event_time TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

-- What an app said of itself. Rows are never changed.
CREATE TABLE app_version (
  app_id VARCHAR(256) NOT NULL,
  manifest_version INTEGER NOT NULL,
  display_name VARCHAR(256) NOT NULL,
  publisher VARCHAR(256) NOT NULL,
  homepage_uri VARCHAR(4096) NOT NULL,
  logo_uri VARCHAR(4096) NOT NULL,
  support_uri VARCHAR(4096) NOT NULL,
  required_names VARCHAR(256) ARRAY NOT NULL,
  required_descriptions VARCHAR(560) ARRAY NOT NULL,
  optional_names VARCHAR(256) ARRAY NOT NULL,
  optional_descriptions VARCHAR(560) ARRAY NOT NULL,
  PRIMARY KEY (app_id, manifest_version)
);

CREATE TABLE app (
  app_id VARCHAR(256) NOT NULL PRIMARY KEY,
  manifest_version INTEGER NOT NULL,
  state VARCHAR(16) NOT NULL,
  state_reason VARCHAR(2048) NOT NULL,
  create_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  update_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  revision BIGINT NOT NULL
);

-- The latest agreement of an account with an app.
CREATE TABLE app_grant (
  account_id VARCHAR(256) NOT NULL,
  app_id VARCHAR(256) NOT NULL,
  scopes VARCHAR(256) ARRAY NOT NULL,
  manifest_version INTEGER NOT NULL,
  state VARCHAR(16) NOT NULL,
  grant_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  granted_by VARCHAR(2048) NOT NULL,
  grant_reason VARCHAR(2048) NOT NULL,
  expire_time TIMESTAMP(6) WITH TIME ZONE,
  revoke_time TIMESTAMP(6) WITH TIME ZONE,
  revoked_by VARCHAR(2048),
  revoke_reason VARCHAR(2048),
  revision BIGINT NOT NULL,
  PRIMARY KEY (account_id, app_id)
);

-- The pages of one app, and its active grants.
CREATE INDEX app_grant_by_app ON app_grant (app_id, account_id);
CREATE INDEX app_grant_by_app_state ON app_grant (app_id, state, account_id);
-- The expiry sweep.
CREATE INDEX app_grant_by_expiry ON app_grant (state, expire_time);

-- The log: one row a revision, with the whole new value, and the app as it was then. What was before stands in the
-- row of before_revision.
CREATE TABLE event (
  revision BIGINT NOT NULL PRIMARY KEY,
  before_revision BIGINT,
  event_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  event_type VARCHAR(16) NOT NULL,
  actor VARCHAR(2048),
  reason VARCHAR(2048) NOT NULL,
  request_id UUID,
  app_id VARCHAR(256) NOT NULL,
  app_manifest_version INTEGER NOT NULL,
  app_state VARCHAR(16) NOT NULL,
  app_state_reason VARCHAR(2048) NOT NULL,
  app_create_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  app_update_time TIMESTAMP(6) WITH TIME ZONE NOT NULL,
  app_revision BIGINT NOT NULL,
  -- Null in the events of an app.
  account_id VARCHAR(256),
  scopes VARCHAR(256) ARRAY,
  manifest_version INTEGER,
  state VARCHAR(16),
  grant_time TIMESTAMP(6) WITH TIME ZONE,
  granted_by VARCHAR(2048),
  grant_reason VARCHAR(2048),
  expire_time TIMESTAMP(6) WITH TIME ZONE,
  revoke_time TIMESTAMP(6) WITH TIME ZONE,
  revoked_by VARCHAR(2048),
  revoke_reason VARCHAR(2048)
);

CREATE INDEX event_by_account ON event (account_id, revision);
CREATE INDEX event_by_app ON event (app_id, revision);
CREATE INDEX event_by_time ON event (event_time);

-- What was answered to a write that named itself, so that sending it again does it once. The view_ columns are null
-- if no grant was answered; the grant itself stands in the event of view_revision.
CREATE TABLE request (
  principal VARCHAR(2048) NOT NULL,
  rpc VARCHAR(64) NOT NULL,
  request_id UUID NOT NULL,
  content_hash VARCHAR(64) NOT NULL,
  revision BIGINT NOT NULL,
  view_revision BIGINT,
  view_state VARCHAR(16),
  view_app_display_name VARCHAR(256),
  view_app_state VARCHAR(16),
  view_reconsent_required BOOLEAN,
  PRIMARY KEY (principal, rpc, request_id)
);
