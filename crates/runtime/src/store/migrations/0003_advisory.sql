-- That the notice of 911's limits was read.
CREATE TABLE advisory (one INTEGER PRIMARY KEY CHECK (one = 1), body TEXT NOT NULL CHECK (json_valid(body))) STRICT;
