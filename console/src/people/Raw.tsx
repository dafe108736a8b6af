import { CopyButton } from '../components/CopyField';
import { Panel } from '../components/Panel';
import classes from './people.module.css';
import type { UserDetail } from './users';

/** The profile, and what each source says, as SCIM has it. */
export function Raw({ user }: { user: UserDetail }) {
  return (
    <>
      <Json title="Profile" of={user.profile} />
      {user.records.map((record) => (
        <Json key={record.id} title={`What ${record.sourceName} says`} of={record.document} />
      ))}
    </>
  );
}

function Json({ title, of }: { title: string; of: unknown }) {
  const text = JSON.stringify(of, null, 2);
  return (
    <Panel title={title} flush actions={<CopyButton value={text} label={`Copy: ${title}`} />}>
      <pre className={classes.raw}>{text}</pre>
    </Panel>
  );
}
