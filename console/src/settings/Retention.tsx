import { NumberInput } from '@mantine/core';
import { SettingsForm } from './SettingsForm';

const KINDS = [
  { key: 'runs', label: 'Runs, operations and the audit log', help: '30 to 3,650 days.', from: 30, to: 3650 },
  {
    key: 'attempts',
    label: 'Requests to applications',
    help: 'With what was sent and answered. 1 to 400 days.',
    from: 1,
    to: 400,
  },
  {
    key: 'requests',
    label: 'Requests from sources',
    help: 'The request log of each source. 1 to 400 days.',
    from: 1,
    to: 400,
  },
] as const;

/** How long history is kept. */
export function Retention() {
  return (
    <SettingsForm
      title="Retention"
      description="How many days history is kept. What is older is removed by itself."
      part={(settings) => settings.retention}
      change={(retention) => ({ retention })}
    >
      {(value, set) =>
        KINDS.map(({ key, label, help, from, to }) => (
          <NumberInput
            key={key}
            label={label}
            description={help}
            suffix=" days"
            min={from}
            max={to}
            clampBehavior="blur"
            allowDecimal={false}
            value={value[key]}
            onChange={(days) => set({ ...value, [key]: Number(days) })}
          />
        ))
      }
    </SettingsForm>
  );
}
