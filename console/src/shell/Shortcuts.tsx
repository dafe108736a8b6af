import { Kbd, Modal, Switch } from '@mantine/core';
import { useState } from 'react';
import { singleKeys } from '../components/keys';
import { places } from './navigation';
import classes from './Shortcuts.module.css';
import { MODIFIER } from './Sidebar';

const GENERAL: [string[], string][] = [
  [[`${MODIFIER}K`], 'Search and commands'],
  [['/'], 'Search this page'],
  [['f'], 'Filter'],
  [['j', '↓'], 'Next row'],
  [['k', '↑'], 'Row before'],
  [['Enter'], 'Open the row'],
  [['x'], 'Choose the row'],
  [['Shift x'], 'Choose up to the row'],
  [['['], 'Previous item'],
  [[']'], 'Next item'],
  [[`${MODIFIER}Enter`], 'Save, or publish'],
  [['r'], 'Refresh'],
  [['p'], 'Pause live updates, or go on'],
  [['Esc'], 'Clear, then close'],
  [['?'], 'This list'],
];

/** The list of shortcuts, and the switch for those of a single key. */
export default function Shortcuts({ close }: { close: () => void }) {
  const [on, setOn] = useState(singleKeys.on());
  return (
    <Modal opened onClose={close} title="Keyboard shortcuts" size={560} centered>
      <div className={classes.columns}>
        <dl>
          {GENERAL.map(([keys, does]) => (
            <Line key={does} keys={keys} does={does} />
          ))}
        </dl>
        <dl>
          {places.map(({ key, label }) => (
            <Line key={key} keys={['g', key]} does={label} />
          ))}
        </dl>
      </div>
      <Switch
        mt="md"
        label="Shortcuts of a single key"
        checked={on}
        onChange={(event) => {
          singleKeys.set(event.currentTarget.checked);
          setOn(event.currentTarget.checked);
        }}
      />
    </Modal>
  );
}

function Line({ keys, does }: { keys: string[]; does: string }) {
  return (
    <div className={classes.line}>
      <dt>{does}</dt>
      <dd>
        {keys.map((key) => (
          <Kbd key={key} size="xs">
            {key}
          </Kbd>
        ))}
      </dd>
    </div>
  );
}
