-- Send slots: how much each mailbox (or number) of ours may send, and when its next message may go.
-- depends: 0004_follow_ups

-- migrate: apply
CREATE TABLE mailbox (
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    -- the From address in lower case, or the sender of texts
    address text NOT NULL,
    -- the first day on which a slot was reserved: warm-up counts from it
    started_on date NOT NULL,
    PRIMARY KEY (channel, address)
);
-- One row a day, so that a run that is weeks ahead of the others takes nothing away from them.
CREATE TABLE mailbox_day (
    channel text NOT NULL,
    address text NOT NULL,
    -- the organisation's calendar day
    day date NOT NULL,
    used integer NOT NULL CHECK (used >= 0),
    next_at timestamptz NOT NULL,
    PRIMARY KEY (channel, address, day),
    FOREIGN KEY (channel, address) REFERENCES mailbox
);
CREATE TABLE mailbox_back_off (
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    address text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL CHECK (until > since),
    -- what the server answered: an SMTP reply code, with the enhanced status if it had one
    code text NOT NULL,
    PRIMARY KEY (channel, address, since)
);
CREATE INDEX mailbox_back_off_until ON mailbox_back_off (channel, address, until);
ALTER TABLE send ADD COLUMN slot_at timestamptz;

-- migrate: rollback
ALTER TABLE send DROP COLUMN slot_at;
DROP TABLE mailbox_back_off, mailbox_day, mailbox;
