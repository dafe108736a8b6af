import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api, body } from '../api/client';
import { tellError, useAct } from '../components/act';
import { Panel } from '../components/Panel';
import { Chip } from '../components/StatusChip';
import { signInOptions } from '../session/provider';
import { useMe } from '../session/session';

/** Whether one's own account opens from the OpenID provider as well. */
export function Connected() {
  const label = useQuery(signInOptions).data?.provider;
  const session = useMe()?.session;
  const disconnect = useAct({
    run: () => api.DELETE('/api/v1/session/provider'),
    changes: ['session'],
    done: `${label} no longer opens your account`,
  });
  if (!label || !session) return null;
  const connect = () =>
    body(api.POST('/api/v1/session/provider/connect')).then(({ url }) => location.assign(url), tellError);
  return (
    <Panel
      title={
        <span className="row">
          {label}
          {session.connected ? (
            <Chip tone="ok" shape="check">
              Connected
            </Chip>
          ) : (
            <Chip tone="mute" shape="off">
              Not connected
            </Chip>
          )}
        </span>
      }
      description={
        session.connected
          ? `You may sign in with ${label}.`
          : `Sign in there once, and from then on ${label} opens your account as your password does.`
      }
    >
      {!session.connected && <Button onClick={connect}>Connect</Button>}
      {session.connected && session.password && (
        <Button variant="default" loading={disconnect.isPending} onClick={() => disconnect.mutate()}>
          Disconnect
        </Button>
      )}
      {session.connected && !session.password && <p className="dim">It is your only way in: you have no password.</p>}
    </Panel>
  );
}
