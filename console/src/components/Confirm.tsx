import { Button, Modal, TextInput } from '@mantine/core';
import { type ReactNode, useState, useSyncExternalStore } from 'react';
import classes from './Confirm.module.css';
import { ErrorBox } from './ErrorBox';

/**
 * What is asked before something wide or final happens. Level 1: reversible and wide. Level 2: takes something away.
 * Level 3: can't be undone; the name has to be typed. What is small and reversible is done at once, with `undoable`.
 */
export interface Question {
  level: 1 | 2 | 3;
  title: string;
  /** What will happen, to what and how many, and where the number is from. */
  body: ReactNode;
  /** The verb on the button: `Publish v8`, `Revoke`. */
  verb: string;
  /** Level 3: what has to be typed. */
  name?: string;
  run: () => Promise<unknown>;
  /** When it is not confirmed. */
  cancelled?: () => void;
}

let asked: Question | null = null;
const waiting = new Set<() => void>();

function set(question: Question | null) {
  asked = question;
  for (const wake of waiting) wake();
}

/** Ask, and do it when confirmed. A failure is shown in the dialogue, which stays. */
export function confirm(question: Question) {
  set(question);
}

/** Ask before leaving what would be lost; whether to stay, as a router's blocker wants to know. */
export function stay(
  title = 'Leave without saving?',
  body: ReactNode = 'What you changed on this page is lost.',
): Promise<boolean> {
  return new Promise((answer) =>
    confirm({
      level: 2,
      title,
      body,
      verb: 'Leave',
      run: async () => answer(false),
      cancelled: () => answer(true),
    }),
  );
}

const subscribe = (wake: () => void) => {
  waiting.add(wake);
  return () => waiting.delete(wake);
};

/** Shows the question that is asked. Once, at the root. */
export function ConfirmHost() {
  const question = useSyncExternalStore(subscribe, () => asked);
  const close = (confirmed?: boolean) => {
    set(null);
    if (!confirmed) question?.cancelled?.();
  };
  return question && <Dialogue key={question.title} question={question} close={close} />;
}

function Dialogue({ question, close }: { question: Question; close: (confirmed?: boolean) => void }) {
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const named = question.level < 3 || typed.trim() === question.name;

  const run = async () => {
    setBusy(true);
    setError(null);
    try {
      await question.run();
      close(true);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={() => !busy && close()} title={question.title} size={480} centered>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (named && !busy) run();
        }}
      >
        <div className={classes.body}>{question.body}</div>
        {question.level === 3 && (
          <TextInput
            label={`Type ${question.name} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {!!error && <ErrorBox error={error} />}
        <div className={classes.actions}>
          <Button
            variant="default"
            onClick={() => close()}
            disabled={busy}
            data-autofocus={question.level < 3 || undefined}
          >
            Cancel
          </Button>
          <Button
            type="submit"
            color={question.level > 1 ? 'red' : undefined}
            loading={busy}
            disabled={!named}
            data-final
          >
            {question.verb}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
