import { ActionIcon, Button, NumberInput, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import { CopyField } from '../components/CopyField';
import { IconPlus, IconX } from '../components/icons';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';
import { ROLES, type ServerSettings } from './settings';

type Oidc = NonNullable<ServerSettings['oidc']>;
const NONE: Oidc = { name: '', issuer: '', clientId: '', roleClaim: 'groups', roles: {} };

/** How administrators get in: sessions, the second factor, single sign-on. */
export function SignInSettings() {
  return (
    <>
      <SettingsForm
        title="Sessions"
        description="When somebody has to sign in again."
        part={(settings) => ({ ...settings.session, ownersNeedSecondFactor: settings.ownersNeedSecondFactor })}
        change={({ ownersNeedSecondFactor, ...session }) => ({ session, ownersNeedSecondFactor })}
      >
        {(value, set) => (
          <>
            <div className={classes.columns}>
              <NumberInput
                label="Without use"
                suffix=" minutes"
                min={5}
                max={1440}
                value={value.idleMinutes}
                onChange={(minutes) => set({ ...value, idleMinutes: Number(minutes) })}
              />
              <NumberInput
                label="At the latest"
                suffix=" hours"
                min={1}
                max={168}
                value={value.absoluteHours}
                onChange={(hours) => set({ ...value, absoluteHours: Number(hours) })}
              />
            </div>
            <Switch
              label="Administrators need a second factor"
              description="Who signs in with a password must also give a code. They are led through it when they next sign in."
              checked={value.ownersNeedSecondFactor}
              onChange={(event) => set({ ...value, ownersNeedSecondFactor: event.currentTarget.checked })}
            />
          </>
        )}
      </SettingsForm>
      <SettingsForm<ServerSettings['oidc']>
        title="Single sign-on"
        description="Administrators sign in with your identity provider over OpenID Connect. Passwords keep working beside it."
        part={(settings) => settings.oidc}
        change={(oidc) => ({ oidc })}
      >
        {(value, set) => (
          <>
            <Switch
              label="Single sign-on"
              checked={value !== null}
              onChange={(event) => set(event.currentTarget.checked ? NONE : null)}
            />
            {value && <Provider value={value} set={set} />}
          </>
        )}
      </SettingsForm>
    </>
  );
}

function Provider({ value, set }: { value: Oidc; set: (value: Oidc) => void }) {
  const field = (key: 'name' | 'issuer' | 'clientId', label: string, description: string) => (
    <TextInput
      label={label}
      description={description}
      value={value[key]}
      onChange={(event) => set({ ...value, [key]: event.currentTarget.value })}
      required
    />
  );
  return (
    <>
      <CopyField
        label="Redirect URI"
        value={`${location.origin}/api/v1/oidc/callback`}
        help="Enter it at the provider."
      />
      {field('name', 'Name', 'Stands on the button of the sign-in page.')}
      {field('issuer', 'Issuer', 'The https address that ends before /.well-known.')}
      {field('clientId', 'Client id', 'From the provider.')}
      <PasswordInput
        label="Client secret"
        description="Leave it empty to keep the one that is stored."
        autoComplete="off"
        value={value.clientSecret ?? ''}
        onChange={(event) => set({ ...value, clientSecret: event.currentTarget.value || undefined })}
      />
      <TextInput
        label="Claim with roles"
        description="Whose values give the roles below. Empty: only administrators named under Administrators get in."
        value={value.roleClaim ?? ''}
        onChange={(event) => set({ ...value, roleClaim: event.currentTarget.value || null })}
      />
      {value.roleClaim && <Roles value={value.roles} set={(roles) => set({ ...value, roles })} />}
    </>
  );
}

/** Which value of the claim gives which role. */
function Roles({ value, set }: { value: Record<string, string>; set: (value: Record<string, string>) => void }) {
  const rows = Object.entries(value);
  const change = (index: number, row: [string, string] | null) =>
    set(Object.fromEntries(rows.flatMap((old, at) => (at === index ? (row ? [row] : []) : [old]))));
  return (
    <div className="stack">
      {rows.map(([group, role], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is edited
        <div key={index} className={classes.mapping}>
          <TextInput
            aria-label="Value of the claim"
            value={group}
            onChange={(event) => change(index, [event.currentTarget.value, role])}
          />
          <Select
            aria-label={`Role of ${group}`}
            data={ROLES.map(({ value, label }) => ({ value, label }))}
            value={role}
            onChange={(role) => role && change(index, [group, role])}
            allowDeselect={false}
          />
          <ActionIcon aria-label={`Remove ${group}`} onClick={() => change(index, null)}>
            <IconX size={15} />
          </ActionIcon>
        </div>
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={14} />}
          disabled={'' in value}
          onClick={() => set({ ...value, '': 'auditor' })}
        >
          Add a group
        </Button>
      </div>
    </div>
  );
}
