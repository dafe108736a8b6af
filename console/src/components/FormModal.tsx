import { Button, Modal } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import classes from './Confirm.module.css';
import { ErrorBox } from './ErrorBox';
import { STEP } from './keys';

/** A form over the page. `submit` does the request; when it fails the form stays with what was typed, and says why. */
export function FormModal(props: {
  title: string;
  verb: string;
  submit: () => Promise<unknown>;
  close: () => void;
  disabled?: boolean;
  size?: number;
  children: ReactNode;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  return (
    <Modal opened onClose={props.close} title={props.title} size={props.size ?? 480} centered>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          setBusy(true);
          setError(null);
          try {
            await props.submit();
          } catch (failure) {
            setError(failure);
          }
          setBusy(false);
        }}
      >
        {props.children}
        {!!error && <ErrorBox error={error} />}
        <div className={classes.actions}>
          <Button variant="default" onClick={props.close}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={props.disabled} {...STEP}>
            {props.verb}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
