import { NumberInput } from '@mantine/core';
import { SettingsForm } from './SettingsForm';

const KINDS = [
  { key: 'runsDays', label: 'Runs and operations', help: 'What was done in applications, and with what result.' },
  {
    key: 'attemptsDays',
    label: 'Requests to applications',
    help: 'Each exchange with an application, without bodies after 7 days.',
  },
  { key: 'requestsDays', label: 'Requests from sources', help: 'The request log of each source.' },
] as const;

/** How long history is kept. The audit log is kept for ever. */
export function Retention() {
  return (
    <SettingsForm
      title="Retention"
      description="How many days history is kept. What is older is removed each night. The audit log is kept."
      part={(settings) => settings.retention}
      change={(retention) => ({ retention })}
    >
      {(value, set) =>
        KINDS.map(({ key, label, help }) => (
          <NumberInput
            key={key}
            label={label}
            description={help}
            suffix=" days"
            min={1}
            max={3650}
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
