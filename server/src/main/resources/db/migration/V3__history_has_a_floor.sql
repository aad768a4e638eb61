-- The history is what stands above store.floor_revision: one row for each revision from there on. At or below it, all
-- that is left of an app or a grant is the last event up to there: what was before the next one, told nowhere else.

-- What is forgotten together with its part of the history.
CREATE INDEX request_by_revision ON request (revision);
