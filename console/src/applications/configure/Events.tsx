import { Switch } from '@mantine/core';
import { Panel } from '../../components/Panel';
import { useMay } from '../../session/session';
import { EVENTS } from '../sentences';
import classes from './Configure.module.css';
import { useDraft } from './draft';

/** What Lockstep may do in the application at all. */
export function Events() {
  const draft = useDraft();
  const may = useMay();
  return (
    <div className={classes.form}>
      <Panel flush title="Events" description="What Lockstep may do there, with accounts and groups.">
        {EVENTS.map(({ key, title, on, off }) => {
          const value = draft.settings[key] ?? true;
          return (
            <div key={key} className={classes.event}>
              <Switch
                size="sm"
                checked={value}
                disabled={!may('administrator')}
                onChange={(event) => draft.edit({ [key]: event.currentTarget.checked })}
                label={<span className="strong">{title}</span>}
                description={value ? on : off}
                styles={{ description: { fontSize: 13, color: 'var(--fg-2)' } }}
              />
            </div>
          );
        })}
      </Panel>
    </div>
  );
}
