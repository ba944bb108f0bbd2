const ZERO = `'{"input_tokens":0,"output_tokens":0,"costs":[]}'`

export const runs = `
  create table runs (
    seq integer primary key autoincrement,
    project_id text not null references projects (project_id),
    run_id text not null,
    parent_run_id text,
    created_at text not null,
    budget text, -- JSON
    usage text not null default ${ZERO}, -- JSON, the runs below it included
    unique (project_id, run_id)
  ) strict;
  create index runs_by_parent on runs (project_id, parent_run_id, seq);

  create table run_items (
    seq integer primary key autoincrement,
    project_id text not null references projects (project_id),
    run_id text not null,
    kind text not null,
    object_id text not null,
    created_at text not null
  ) strict;
  create index run_items_by_run on run_items (project_id, run_id, seq);

  create table usage_reports (
    seq integer primary key autoincrement,
    project_id text not null references projects (project_id),
    run_id text not null,
    usage_id text not null,
    report text not null, -- JSON
    unique (project_id, run_id, usage_id)
  ) strict;

  -- The runs of what is there already.
  insert into run_items (project_id, run_id, kind, object_id, created_at)
    select project_id, run_id, kind, object_id, created_at from (
      select project_id, run_id, 'function_call' as kind, call_id as object_id,
             json_extract(status, '$.requested_at') as created_at, seq from function_calls
      union all
      select project_id, run_id, 'human_contact', call_id, json_extract(status, '$.requested_at'), seq from human_contacts
      union all
      select project_id, run_id, 'timer', timer_id, json_extract(status, '$.created_at'), seq from timers
    ) order by created_at, seq;
  insert into runs (project_id, run_id, created_at)
    select project_id, run_id, min(created_at) from run_items group by project_id, run_id order by min(seq);
`
