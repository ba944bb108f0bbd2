const calls = (table: string) => `
  create table ${table} (
    seq integer primary key autoincrement,
    project_id text not null references projects (project_id),
    call_id text not null,
    run_id text not null,
    state text not null,
    expires_at integer, -- milliseconds since 1970
    spec text not null,
    status text not null,
    unique (project_id, call_id)
  ) strict;
  create index ${table}_by_run on ${table} (project_id, run_id, seq);
  create index ${table}_by_state on ${table} (project_id, state, seq);
  create index ${table}_by_expiry on ${table} (expires_at) where state = 'pending' and expires_at is not null;
`

export const callsAndKeys = `
  create table projects (
    project_id text primary key,
    name text not null,
    created_at text not null
  ) strict;

  create table keys (
    seq integer primary key autoincrement,
    key_id text not null unique,
    project_id text not null references projects (project_id),
    secret_hash blob not null unique, -- SHA-256
    scopes text not null, -- a JSON list
    name text,
    responder_id text,
    created_at text not null,
    revoked_at text
  ) strict;

  ${calls('function_calls')}
  ${calls('human_contacts')}

  -- The audit trail: every accepted or refused act, with a snapshot of the status.
  create table events (
    seq integer primary key autoincrement,
    event_id text not null unique,
    project_id text not null references projects (project_id),
    type text not null,
    run_id text not null,
    call_id text not null,
    created_at text not null,
    principal text not null,
    detail text,
    status text not null
  ) strict;
  create index events_by_call on events (project_id, call_id, seq);

  create table secrets (
    name text primary key,
    value blob not null
  ) strict;
  insert into secrets (name, value) values ('cursor', randomblob(32));
`
