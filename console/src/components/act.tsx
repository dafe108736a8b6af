import { Button, type ButtonProps } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type MutationKey, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Role, useMay } from '../session/session';
import { said } from './ErrorBox';

/** A short word that something is done. With an `id` it takes the place of what was told under it before. */
export function tell(message: ReactNode, id?: string) {
  if (id) notifications.hide(id);
  notifications.show({ id, message, autoClose: 5_000, withBorder: true });
}

/** That something failed, in the server's words. */
export function tellError(error: unknown) {
  notifications.show({
    title: 'That did not work',
    message: said(error),
    color: 'red',
    autoClose: 10_000,
    withBorder: true,
  });
}

/** Level 0: it is done; it can be undone for ten seconds. */
export function undoable(message: string, undo: () => Promise<unknown>) {
  const id = notifications.show({
    message: (
      <span className="row">
        <span className="grow">{message}</span>
        <Button
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo().catch(tellError);
          }}
        >
          Undo
        </Button>
      </span>
    ),
    autoClose: 10_000,
    withBorder: true,
  });
}

/**
 * A change: run it, say that it is done, and read again what it touches (the nouns that lists and details are kept
 * under). Without `quiet`, a failure is told as a message; forms show it themselves.
 */
export function useAct<V = void, R = unknown>(act: {
  run: (value: V) => Promise<R>;
  changes: string[];
  done?: string | ((result: R, value: V) => string | undefined);
  quiet?: boolean;
  key?: MutationKey;
}) {
  const queries = useQueryClient();
  return useMutation({
    mutationKey: act.key,
    mutationFn: act.run,
    onSuccess: (result, value) => {
      for (const noun of act.changes) queries.invalidateQueries({ queryKey: [noun] });
      const word = typeof act.done === 'function' ? act.done(result, value) : act.done;
      if (word) tell(word);
    },
    onError: act.quiet ? undefined : tellError,
  });
}

const WHO: Record<Role, string> = {
  auditor: 'Sign in to do this',
  manager: 'Only managers of the application may do this',
  operator: 'Only operators and administrators may do this',
  administrator: 'Only administrators may do this',
  owner: 'Only owners may do this',
};

/** A button for what not every role may do. Refused, it stays visible and says who may, or `refused` says why not now. */
export function ActButton({
  need,
  refused,
  ...button
}: ButtonProps & { need: Role; refused?: string | false; onClick?: () => void; type?: 'button' | 'submit' }) {
  const may = useMay();
  const reason = may(need) ? refused : WHO[need];
  if (!reason) return <Button {...button} />;
  return (
    <Button
      {...button}
      type="button"
      onClick={undefined}
      loading={false}
      data-disabled
      aria-disabled
      title={reason}
      aria-description={reason}
    />
  );
}
