import { NumberInput, Switch } from '@mantine/core';
import { Provider } from './Provider';
import { SettingsForm } from './SettingsForm';
import classes from './SettingsForm.module.css';

/** How administrators get in: the OpenID provider, sessions, the second factor. */
export function SignInSettings() {
  return (
    <>
      <Provider />
      <Sessions />
    </>
  );
}

function Sessions() {
  return (
    <SettingsForm
      title="Sessions"
      description="When somebody has to sign in again. A page that is left open is not used, however much changes on it."
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
              max={480}
              value={value.idleMinutes}
              onChange={(minutes) => set({ ...value, idleMinutes: Number(minutes) })}
            />
            <NumberInput
              label="At the latest"
              suffix=" hours"
              min={1}
              max={24}
              value={value.absoluteHours}
              onChange={(hours) => set({ ...value, absoluteHours: Number(hours) })}
            />
          </div>
          <Switch
            label="Owners need a second factor"
            description="On: an owner who signs in with a password is led through setting it up before anything else. Off: Home reminds of every owner without one. Who comes from the OpenID provider is asked there."
            checked={value.ownersNeedSecondFactor}
            onChange={(event) => set({ ...value, ownersNeedSecondFactor: event.currentTarget.checked })}
          />
        </>
      )}
    </SettingsForm>
  );
}
