import { Button, Modal, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, body } from '../api/client';
import type { Enrolment } from '../api/schema';
import { tell, tellError } from '../components/act';
import { confirm } from '../components/Confirm';
import { CopyButton, CopyField } from '../components/CopyField';
import { FormModal } from '../components/FormModal';
import { Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { useMe } from '../session/session';
import classes from './SettingsForm.module.css';

/** A code from an authenticator beside the password (TOTP, RFC 6238). */
export function SecondFactor() {
  const [offer, setOffer] = useState<Enrolment | null>(null);
  const [code, setCode] = useState('');
  const [recovery, setRecovery] = useState<string[] | null>(null);
  const queries = useQueryClient();
  const session = useMe()?.session;
  const on = session?.secondFactor ?? false;

  const begin = () => body(api.POST('/api/v1/session/second-factor')).then(setOffer, tellError);
  const finish = async () => {
    const { recoveryCodes } = await body(api.PUT('/api/v1/session/second-factor', { body: { code } }));
    await queries.invalidateQueries({ queryKey: ['session'] });
    setOffer(null);
    setCode('');
    setRecovery(recoveryCodes);
  };
  const remove = () =>
    confirm({
      level: 2,
      title: 'Switch off the second factor?',
      body: 'Your password alone opens your account then. Your recovery codes stop working.',
      verb: 'Switch off',
      run: async () => {
        await api.DELETE('/api/v1/session/second-factor');
        await queries.invalidateQueries({ queryKey: ['session'] });
        tell('The second factor is off');
      },
    });
  return (
    <Panel
      title={
        <span className="row">
          Second factor
          {on ? (
            <Chip tone="ok" shape="check">
              On
            </Chip>
          ) : (
            <Chip tone="mute" shape="off">
              Off
            </Chip>
          )}
        </span>
      }
      description={
        session?.mustEnrol
          ? 'Your role needs one before anything else: set it up now.'
          : 'A six-digit code from an authenticator on your phone, asked for after the password.'
      }
    >
      {on ? (
        <Button variant="default" onClick={remove}>
          Switch off
        </Button>
      ) : (
        <Button onClick={begin}>Set up</Button>
      )}
      {offer && (
        <FormModal
          title="Set up a second factor"
          verb="Confirm"
          close={() => setOffer(null)}
          submit={finish}
          disabled={code.length < 6}
        >
          <p className="dim">
            Scan this with your authenticator, or enter the key by hand. Then type the code it shows.
          </p>
          <img className={classes.qr} src={offer.qr} alt="Code to scan; the same key stands below" />
          <CopyField label="Key" value={offer.secret} />
          <TextInput
            label="Code"
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value.replaceAll(/\D/g, ''))}
            data-autofocus
          />
        </FormModal>
      )}
      {recovery && (
        <Modal
          opened
          onClose={() => setRecovery(null)}
          title="Your recovery codes"
          size={480}
          centered
          closeOnClickOutside={false}
        >
          <div className="stack">
            <p className="dim">
              Each opens your account once when your phone is lost. They are shown only now: keep them somewhere safe.
            </p>
            <div className={classes.codes}>
              {recovery.map((one) => (
                <span key={one}>{one}</span>
              ))}
            </div>
            <div className="row">
              <Button onClick={() => setRecovery(null)}>I have kept them</Button>
              <CopyButton value={recovery.join('\n')} label="Copy the recovery codes" />
            </div>
          </div>
        </Modal>
      )}
    </Panel>
  );
}
