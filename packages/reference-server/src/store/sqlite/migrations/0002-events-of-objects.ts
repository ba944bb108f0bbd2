export const eventsOfObjects = `
  -- An event is about a call or about something else that has an id.
  alter table events rename column call_id to object_id;
  alter table events add column kind text not null default '';
  update events set kind = substr(type, 1, instr(type, '.') - 1);

  drop index events_by_call;
  create index events_by_project on events (project_id, seq);
  create index events_by_object on events (project_id, object_id, seq);
  create index events_by_run on events (project_id, run_id, seq);
`
