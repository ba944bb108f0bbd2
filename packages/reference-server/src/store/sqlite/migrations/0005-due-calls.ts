const calls = (table: string) => `
  -- Not only the expiry is due: leaves join, and contacts wait to be sent.
  drop index ${table}_by_expiry;
  alter table ${table} rename column expires_at to due_at;
  -- At the instant itself an answer still counts.
  update ${table} set due_at = due_at + 1;
  create index ${table}_by_due_time on ${table} (due_at) where state = 'pending' and due_at is not null;
`

export const dueCalls = calls('function_calls') + calls('human_contacts')
