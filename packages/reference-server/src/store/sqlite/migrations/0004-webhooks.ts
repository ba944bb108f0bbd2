export const webhooks = `
  create table webhook_endpoints (
    seq integer primary key autoincrement,
    webhook_endpoint_id text not null unique,
    project_id text not null references projects (project_id),
    url text not null,
    event_types text, -- a JSON list; null for every type
    payload_style text not null,
    secret text not null, -- not a hash: it has to sign
    previous_secret text,
    previous_until integer, -- milliseconds since 1970
    state text not null default 'enabled',
    created_at text not null
  ) strict;
  create index webhook_endpoints_by_project on webhook_endpoints (project_id, seq);

  create table deliveries (
    seq integer primary key autoincrement,
    delivery_id text not null unique,
    webhook_endpoint_id text not null references webhook_endpoints (webhook_endpoint_id) on delete cascade,
    event_seq integer not null references events (seq),
    state text not null default 'pending',
    attempts text not null default '[]', -- a JSON list
    tries integer not null default 0, -- since it was last asked for
    due_at integer -- milliseconds since 1970; while it is sent, the end of the lease
  ) strict;
  create index deliveries_by_endpoint on deliveries (webhook_endpoint_id, seq);
  create index deliveries_by_time on deliveries (webhook_endpoint_id, due_at) where state = 'pending';
`
