import { Radio } from '@mantine/core';

type Match = 'userName' | 'email';
const CHOICES: { value: Match; label: string; description: string }[] = [
  {
    value: 'userName',
    label: 'User name',
    description: 'An account whose userName is the one that the mapping gives, whatever its case.',
  },
  { value: 'email', label: 'E-mail address', description: 'An account with the person’s primary address.' },
];

/** How an account that is there already is recognised as somebody's. */
export function MatchChoice(props: { value: Match; set: (value: Match) => void; disabled?: boolean }) {
  return (
    <Radio.Group
      value={props.value}
      onChange={(value) => props.set(value as Match)}
      label="Accounts are recognised by"
      labelProps={{ className: 'sr' }}
    >
      <div className="stack" style={{ gap: 10 }}>
        {CHOICES.map((choice) => (
          <Radio key={choice.value} {...choice} disabled={props.disabled} size="xs" />
        ))}
      </div>
    </Radio.Group>
  );
}
