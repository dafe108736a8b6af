import { ActionIcon, Button, Radio, Select, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '../components/icons';
import type { Role } from '../session/session';
import type { ProviderForm } from './openid';
import classes from './SettingsForm.module.css';
import { ROLES } from './settings';

/** An owner is made by an owner, and a manager needs an application: neither comes from a group. */
const OFFERED = ROLES.filter(({ value }) => value !== 'owner' && value !== 'manager');

/** Who comes in from the provider: whoever is invited, and perhaps whoever is in certain groups there. */
export function GroupRoles(props: {
  value: ProviderForm;
  set: (part: Partial<ProviderForm>) => void;
  readOnly: boolean;
}) {
  const { value, set, readOnly } = props;
  const change = (at: number, part: Partial<ProviderForm['groupRoles'][number]>) =>
    set({ groupRoles: value.groupRoles.map((one, index) => (index === at ? { ...one, ...part } : one)) });
  return (
    <>
      <Radio.Group
        label="Who comes in"
        value={value.groupsClaim === null ? 'invited' : 'groups'}
        onChange={(choice) => !readOnly && set({ groupsClaim: choice === 'groups' ? 'groups' : null })}
      >
        <div className={classes.choices}>
          <Radio value="invited" label="Only whoever is invited" />
          <Radio
            value="groups"
            label="Besides, whoever is in certain groups there"
            description="Their role follows the groups at each sign-in. Without such a group they stay out."
          />
        </div>
      </Radio.Group>
      {value.groupsClaim !== null && (
        <>
          <TextInput
            label="Claim that lists the groups"
            description="Such as groups, or realm_access.roles."
            value={value.groupsClaim}
            onChange={(event) => set({ groupsClaim: event.currentTarget.value })}
            readOnly={readOnly}
            required
          />
          <fieldset className={classes.groups}>
            <legend>Roles by group</legend>
            {value.groupRoles.map((one, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name than their place
              <div key={at} className={classes.mapping}>
                <TextInput
                  aria-label={`Group ${at + 1}`}
                  value={one.group}
                  onChange={(event) => change(at, { group: event.currentTarget.value })}
                  readOnly={readOnly}
                  required
                />
                <Select
                  aria-label={`Role of group ${at + 1}`}
                  data={OFFERED.map(({ value, label }) => ({ value, label }))}
                  value={one.role}
                  onChange={(role) => role && change(at, { role: role as Role })}
                  allowDeselect={false}
                  readOnly={readOnly}
                />
                {!readOnly && (
                  <ActionIcon
                    aria-label={`Remove group ${at + 1}`}
                    onClick={() => set({ groupRoles: value.groupRoles.filter((_, index) => index !== at) })}
                  >
                    <IconTrash size={15} />
                  </ActionIcon>
                )}
              </div>
            ))}
            {value.groupRoles.length === 0 && <p className="dim">No group gives a role yet.</p>}
            {!readOnly && (
              <Button
                variant="default"
                leftSection={<IconPlus size={15} />}
                onClick={() => set({ groupRoles: [...value.groupRoles, { group: '', role: 'auditor' }] })}
              >
                Add a group
              </Button>
            )}
          </fieldset>
        </>
      )}
    </>
  );
}
