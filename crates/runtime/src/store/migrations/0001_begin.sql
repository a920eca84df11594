-- 'RDOR': tells our files from any other SQLite file.
PRAGMA application_id = 0x52444F52;

CREATE TABLE places (
    id   TEXT PRIMARY KEY NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT, WITHOUT ROWID;

-- Tables of one row: there is one entry, one stay, one enrolment.
CREATE TABLE entry      (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
CREATE TABLE registered (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
CREATE TABLE stay       (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
CREATE TABLE enrolment  (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
CREATE TABLE tested     (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
CREATE TABLE counters   (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL CHECK (json_valid(body))) STRICT;

CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    facts  TEXT NOT NULL CHECK (json_valid(facts)),
    digest TEXT NOT NULL,
    prev   TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

CREATE TRIGGER audit_is_not_erased BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- What a person may have erased: deleting is allowed, rewriting is not.
CREATE TABLE audit_detail (
    seq  INTEGER PRIMARY KEY REFERENCES audit (seq),
    salt TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_detail_is_not_rewritten BEFORE UPDATE ON audit_detail
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- The organisation's places as last seen: an answer must be possible while the registry is away.
CREATE TABLE directory (
    id   TEXT PRIMARY KEY NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT, WITHOUT ROWID;
