-- People, the endpoints their emergency calls come from, and the computers that may write for them.
CREATE TABLE person (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE endpoint (
    uri TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (id),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX endpoint_of_person ON endpoint (person);

-- One-time enrolment codes and tokens: only their SHA-256 is here.
CREATE TABLE code (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    endpoint TEXT NOT NULL REFERENCES endpoint (uri),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    person INTEGER NOT NULL REFERENCES person (id),
    device TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE INDEX token_of_device ON token (person, device);

-- The call path's credentials (PBX, SBC, proxy).
CREATE TABLE reader (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('bearer', 'basic')),
    hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE UNIQUE INDEX reader_in_use ON reader (name) WHERE revoked_at IS NULL;

-- One PIDF-LO for each endpoint and device, as it was written, and what was read out of it.
CREATE TABLE document (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint TEXT NOT NULL REFERENCES endpoint (uri),
    device TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body BLOB NOT NULL,
    etag TEXT NOT NULL,
    content TEXT NOT NULL,
    basis TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL,
    attendance TEXT NOT NULL CHECK (attendance IN ('attended', 'stale', 'unattended')),
    lease_until INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    fetched_at INTEGER,
    emergency_at INTEGER,
    UNIQUE (endpoint, device)
) STRICT;

-- The highest revision that a token ever wrote to a document that was deleted since: a delayed
-- write of the same enrolment cannot bring it back.
CREATE TABLE revision_floor (
    endpoint TEXT NOT NULL,
    device TEXT NOT NULL,
    token INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (endpoint, device, token)
) STRICT, WITHOUT ROWID;

CREATE TABLE place (
    id TEXT PRIMARY KEY,
    label TEXT NOT NULL,
    site TEXT NOT NULL,
    location TEXT NOT NULL,
    floors TEXT NOT NULL CHECK (floors IN ('single', 'several', 'unknown')),
    search TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened, numbered without gaps, each row with the hash of the one before.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    facts TEXT NOT NULL,
    prev TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END;

CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append only'); END;

-- Written by the readiness check, which must prove that a write is possible.
CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
