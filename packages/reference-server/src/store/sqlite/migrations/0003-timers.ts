export const timers = `
  create table timers (
    seq integer primary key autoincrement,
    project_id text not null references projects (project_id),
    timer_id text not null,
    run_id text not null,
    state text not null,
    due_at integer not null, -- milliseconds since 1970
    spec text not null,
    status text not null,
    unique (project_id, timer_id)
  ) strict;
  create index timers_by_due_time on timers (due_at) where state = 'pending';
`
