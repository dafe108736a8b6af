import { SegmentedControl } from '@mantine/core';
import { Panel } from '../../components/Panel';
import { useMay } from '../../session/session';
import { removals } from '../sentences';
import classes from './Configure.module.css';
import { useDraft } from './draft';

const TRIGGERS = [
  { key: 'onUnassigned', title: 'Unassigned from the application', otherwise: 'deactivate' },
  { key: 'onRemoved', title: 'Removed from the directory', otherwise: 'delete' },
] as const;
const ACTIONS = [
  { value: 'delete', label: 'Delete' },
  { value: 'deactivate', label: 'Deactivate' },
  { value: 'nothing', label: 'Do nothing' },
];

/** What happens to an account when somebody leaves: two triggers, one action each, and what that means in words. */
export function Removals() {
  const draft = useDraft();
  const may = useMay();
  const off = draft.settings.delete === false;
  return (
    <div className={classes.form}>
      <Panel
        flush
        title="Removals"
        description="Removing is never guessed: each cause has its own action, and a deactivation never turns into a deletion."
      >
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Then the account</th>
            </tr>
          </thead>
          <tbody>
            {TRIGGERS.map(({ key, title, otherwise }) => (
              <tr key={key}>
                <th scope="row">{title}</th>
                <td>
                  <SegmentedControl
                    size="xs"
                    aria-label={title}
                    value={draft.settings[key] ?? otherwise}
                    disabled={off || !may('administrator')}
                    onChange={(value) => draft.edit({ [key]: value })}
                    data={ACTIONS}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <ul className={classes.sentences} aria-live="polite">
          {removals(draft.settings).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
