import { Button, Checkbox } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { stay } from './Confirm';
import { CopyButton } from './CopyField';
import { IconEye, IconEyeOff, IconKey } from './icons';
import classes from './SecretOnce.module.css';
import { Chip } from './StatusChip';

/**
 * A secret on the only occasion it is shown. It lives in the state of the page that made it, never in the query cache,
 * the address or the storage. `next` is what can be done once it is copied.
 */
export function SecretOnce(props: {
  name: string;
  secret: string;
  lost: string;
  facts?: [string, ReactNode][];
  next: { label: string; run: () => void };
}) {
  const [shown, setShown] = useState(true);
  const [copied, setCopied] = useState(false);
  useBlocker({
    shouldBlockFn: () =>
      !copied && stay('Leave without copying it?', `${props.name}: it is shown here and never again. ${props.lost}`),
    enableBeforeUnload: false,
  });
  return (
    <div className="stack">
      <div className={classes.card}>
        <div className={classes.head}>
          <IconKey />
          <span className="strong">{props.name}</span>
          <Chip tone="warn" shape="alert">
            Shown once
          </Chip>
          <span className="grow" />
          <Button
            variant="subtle"
            color="gray"
            leftSection={shown ? <IconEyeOff size={15} /> : <IconEye size={15} />}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide' : 'Show'}
          </Button>
        </div>
        <div className={classes.well}>
          <code className={classes.secret}>{shown ? props.secret : '•'.repeat(Math.min(props.secret.length, 40))}</code>
          <CopyButton value={props.secret} label={`Copy the ${props.name.toLowerCase()}`} />
        </div>
        <div className={classes.about}>
          <p>{props.lost}</p>
          <p className={classes.facts}>
            <span>
              Ends in <code>…{props.secret.slice(-4)}</code>
            </span>
            {props.facts?.map(([name, value]) => (
              <span key={name}>
                {name} <b>{value}</b>
              </span>
            ))}
          </p>
        </div>
      </div>
      <Checkbox
        label="I have copied it somewhere safe"
        checked={copied}
        onChange={(event) => setCopied(event.currentTarget.checked)}
      />
      <div className="row wrap">
        <Button size="sm" disabled={!copied} onClick={props.next.run}>
          {props.next.label}
        </Button>
        {!copied && <span className="dim">Confirm that you copied it to continue.</span>}
      </div>
    </div>
  );
}
